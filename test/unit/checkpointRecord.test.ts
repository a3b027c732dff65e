/** The seal notices any change to any byte or any header field, and nothing else. */
import { expect, test } from 'vitest';
import { seal, unseal } from '../../src/storage/checkpointRecord.ts';
import { makeDraft } from './checkpointDraft.ts';

const draft = makeDraft('run', 10);
const header = seal(draft);

test('a whole checkpoint comes back as it was', () => {
  expect(unseal(header, draft.tensors)).toEqual({ ...header, ...draft });
  expect(header).toMatchObject({ id: 'run:10', schemaVersion: 1, bytes: draft.tensors.length });
  expect(header.checksum).toMatch(/^[0-9a-f]{64}$/);
});

test('the order in which keys were set does not matter', () => {
  const { config, ...rest } = header;
  const turned = Object.fromEntries(Object.entries(config).reverse()) as typeof config;
  expect(unseal({ config: turned, ...rest }, draft.tensors)).not.toBeNull();
});

test('every single flipped bit of the tensors is noticed', () => {
  for (let bit = 0; bit < draft.tensors.length * 8; bit++) {
    const tensors = draft.tensors.slice();
    tensors[bit >> 3]! ^= 1 << (bit & 7);
    expect(unseal(header, tensors)).toBeNull();
  }
});

test.each([
  ['runId', { runId: 'other' }],
  ['step', { step: 11 }],
  ['reason', { reason: 'best' as const }],
  ['createdAt', { createdAt: 1 }],
  ['config', { config: { ...header.config, learningRate: 1e-3 } }],
  ['policyHash', { policyHash: 'f00d' }],
  ['backend', { backend: { backend: 'cpu' as const, device: 'one thread' } }],
  ['rngCounters', { rngCounters: { seed: 1, step: 11 } }],
  ['promptCursor', { promptCursor: 81 }],
  ['bestEval', { bestEval: null }],
  ['bytes', { bytes: 1 }],
  ['schemaVersion', { schemaVersion: 0 }],
  ['checksum', { checksum: '0'.repeat(64) }],
])('a changed %s is noticed', (_, change) => {
  expect(unseal({ ...header, ...change }, draft.tensors)).toBeNull();
});

test('missing, cut and longer tensors are noticed', () => {
  expect(unseal(header, undefined)).toBeNull();
  expect(unseal(header, draft.tensors.subarray(1))).toBeNull();
  expect(unseal(header, Uint8Array.of(...draft.tensors, 0))).toBeNull();
});
