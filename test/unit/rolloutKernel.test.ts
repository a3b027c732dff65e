/**
 * The rollout kernel against the composition of tensor ops, on tfjs' WASM backend: random tiny
 * policies of odd sizes and the shipped one (rolloutCases.ts says how they are compared).
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { createPolicy, disposePolicy } from '../../models/policy.ts';
import { readPolicyFolder } from '../../models/policyFolder.ts';
import { rollout, rolloutKernelTakes, rolloutReference } from '../../models/rollout.ts';
import { noWarping } from '../../models/warpers.ts';
import { expectAgreement, policyOf, requestOf, type Sizes } from './rolloutCases.ts';
import { startWasmKernels } from './wasmKernels.ts';

const root = path.resolve(import.meta.dirname, '../..');
const sizes: Sizes[] = [
  { vocab: 11, hidden: 16, inner: 24, layers: 2, heads: 2, kvHeads: 1, headDim: 8, tied: true },
  { vocab: 63, hidden: 96, inner: 256, layers: 1, heads: 4, kvHeads: 4, headDim: 24, tied: false },
  { vocab: 17, hidden: 13, inner: 10, layers: 3, heads: 6, kvHeads: 2, headDim: 6, tied: false },
  { vocab: 8, hidden: 5, inner: 3, layers: 1, heads: 1, kvHeads: 1, headDim: 2, tied: true },
  { vocab: 33, hidden: 20, inner: 9, layers: 2, heads: 3, kvHeads: 3, headDim: 36, tied: true },
];

beforeAll(startWasmKernels);

describe.each(sizes)('$vocab words, $hidden wide, $heads heads of $headDim', (one) => {
  test.each([1, 0.6, 1.7])('equals the composition at temperature %d', async (temperature) => {
    const policy = policyOf(one);
    const warping = { ...noWarping, temperature };
    const rows = await expectAgreement(policy, requestOf(one.vocab, { warping }));
    expect(new Set(rows.map((row) => row.completionIds.join())).size).toBeGreaterThan(6);
    expect(new Set(rows.map((row) => row.finishReason))).toEqual(new Set(['eos', 'length']));
    disposePolicy(policy);
  });

  test('equals the composition where it is greedy, whatever the warping', async () => {
    const policy = policyOf(one);
    const warping = { temperature: 0.8, topK: 3, topP: 0.5, minP: 0.1 };
    await expectAgreement(policy, requestOf(one.vocab, { draw: 'greedy', warping }));
    await expectAgreement(policy, requestOf(one.vocab, { draw: 'greedy', eosId: -1 }));
    disposePolicy(policy);
  });
});

test('the shipped policy says the same, sampled and greedy', async () => {
  const at = (file: string): Promise<Uint8Array> =>
    readFile(path.join(root, 'public/policies/base-0.4M', file));
  const { config, tensors } = readPolicyFolder({
    'config.json': await at('config.json'),
    'tokenizer.json': null,
    'model.safetensors': await at('model.safetensors'),
  });
  const policy = createPolicy(config, tensors);
  for (const draw of ['greedy', { seed: 1, purpose: 'evalSample', step: 2 }] as const) {
    const changes = { maxNewTokens: 40, eosId: 2, draw };
    await expectAgreement(policy, requestOf(config.vocabSize, changes));
  }
  disposePolicy(policy);
});

describe('a row', () => {
  const one = sizes[2]!;
  const request = requestOf(one.vocab);

  test('has the same bits whatever batch it sits in, and twice', async () => {
    const policy = policyOf(one);
    const together = await rollout(policy, request);
    expect(await rollout(policy, request)).toEqual(together);
    for (const first of [0, 5, 8]) {
      const part = await rollout(policy, {
        ...request,
        promptIds: request.promptIds.slice(first, first + 5),
        draw: { seed: 3, purpose: 'sample', step: 5, firstRow: first },
      });
      expect(part).toEqual(together.slice(first, first + 5));
    }
    disposePolicy(policy);
  });

  test('keeps its eos and is cut at the length asked for', async () => {
    const policy = policyOf(one);
    const short = await rollout(policy, { ...request, maxNewTokens: 6 });
    const long = await rollout(policy, request);
    short.forEach((row, i) => {
      expect(row.completionIds).toEqual(long[i]!.completionIds.slice(0, 6));
      expect(row.samplingLogps).toHaveLength(row.completionIds.length);
      expect(row.entropies).toHaveLength(row.completionIds.length);
      const eosAt = row.completionIds.indexOf(0);
      expect(eosAt).toBe(row.finishReason === 'eos' ? row.completionIds.length - 1 : -1);
      if (row.finishReason === 'length') expect(row.completionIds).toHaveLength(6);
    });
    disposePolicy(policy);
  });

  test('with a token that the policy does not know is refused', async () => {
    const policy = policyOf(one);
    for (const bad of [[one.vocab], [-1], [1.5], []]) {
      const wrong = { ...request, promptIds: [[1, 2], bad] };
      await expect(async () => rollout(policy, wrong)).rejects.toThrow('internal:');
    }
    disposePolicy(policy);
  });
});

test('equal likeliest tokens: the first is taken; huge logits are no trouble', async () => {
  const flat = policyOf(sizes[0]!, 'llama', 0);
  const rows = await rollout(flat, requestOf(11, { draw: 'greedy', eosId: -1 }));
  expect(rows.every((row) => row.completionIds.every((id) => id === 0))).toBe(true);
  expect(rows[0]!.entropies[0]).toBeCloseTo(Math.log(11), 6);
  // Logits of many thousands, whose last bit is more than the tolerance.
  const wild = policyOf(sizes[1]!, 'llama', 1e4);
  const loud = requestOf(63, { eosId: -1 });
  const said = await rollout(wild, loud);
  const wanted = await rolloutReference(wild, loud);
  expect(said.map((row) => row.completionIds)).toEqual(wanted.map((row) => row.completionIds));
  for (const { samplingLogps, entropies } of said) {
    expect([...samplingLogps, ...entropies].every(Number.isFinite)).toBe(true);
  }
  disposePolicy(flat);
  disposePolicy(wild);
});

test('a policy that has become NaN is not hidden', async () => {
  const policy = policyOf(sizes[0]!);
  const norm = policy.parameters.get('model.layers.1.input_layernorm.weight')!;
  norm.assign(tf.fill([16], NaN));
  const [row] = await rollout(policy, requestOf(11, { eosId: -1 }));
  expect(row!.samplingLogps.every(Number.isNaN)).toBe(true);
  disposePolicy(policy);
});

test('what the kernel cannot do falls to the composition', async () => {
  const one = sizes[2]!;
  const policy = policyOf(one);
  const takes = (changes: object): boolean =>
    rolloutKernelTakes(policy, requestOf(17, { warping: { ...noWarping, ...changes } }));
  expect(takes({ topK: 17 })).toBe(true);
  expect(takes({ topK: 3 }) || takes({ topP: 0.9 }) || takes({ minP: 0.1 })).toBe(false);
  const warped = requestOf(one.vocab, { warping: { temperature: 1, topK: 3, topP: 0.9, minP: 0 } });
  expect(await rollout(policy, warped)).toEqual(await rolloutReference(policy, warped));
  disposePolicy(policy);
  for (const modelType of ['qwen2', 'qwen3']) {
    const other = policyOf(one, modelType);
    expect(rolloutKernelTakes(other, requestOf(one.vocab))).toBe(false);
    expect(await rollout(other, requestOf(one.vocab))).toHaveLength(12);
    disposePolicy(other);
  }
});

test('no tensor is left behind', async () => {
  const policy = policyOf(sizes[0]!);
  await rollout(policy, requestOf(11));
  const before = tf.memory();
  await rollout(policy, requestOf(11));
  expect(tf.memory().numTensors).toBe(before.numTensors);
  expect(tf.memory().numBytes).toBe(before.numBytes);
  disposePolicy(policy);
});
