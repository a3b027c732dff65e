/** Trying a checkpoint: what is offered of a run. */
import { expect, test } from 'vitest';
import { parseConfig } from '../../src/rft/config.ts';
import type { RunInfo } from '../../src/session/protocol.ts';
import { BATCH, TryIt } from '../../src/session/tryIt.svelte.ts';

const { config } = parseConfig({ task: 'reversal', level: 2, policy: 'untrained-0.1M' });

const runOf = (id: string, step: number): RunInfo => ({
  ...{ id, name: id, config: config!, backend: { backend: 'wasm', device: 'test device' } },
  ...{ createdAt: 1, updatedAt: step, step, finished: false, evalGreedy: null, bytes: 4 * step },
});

test('a prompt that is held out twice is offered once', () => {
  const tryIt = new TryIt(() => Promise.resolve([]));
  tryIt.run = runOf('one', 2);
  expect(tryIt.heldOut).toHaveLength(BATCH);
  expect(tryIt.offered.length).toBeLessThan(BATCH);
  expect(new Set(tryIt.offered).size).toBe(tryIt.offered.length);
  expect(tryIt.heldOut.every(({ prompt }) => tryIt.offered.includes(prompt))).toBe(true);
});
