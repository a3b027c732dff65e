/** Trying a checkpoint: what is offered of a run, and how it follows the stored runs. */
import { expect, test } from 'vitest';
import { CodedError } from '../../models/errors.ts';
import { parseConfig } from '../../src/rft/config.ts';
import type { CheckpointInfo, RunInfo } from '../../src/session/protocol.ts';
import { BATCH, TryIt } from '../../src/session/tryIt.svelte.ts';

const { config } = parseConfig({ task: 'reversal', level: 2, policy: 'untrained-0.1M' });

const runOf = (id: string, step: number): RunInfo => ({
  ...{ id, name: id, config: config!, backend: { backend: 'wasm', device: 'test device' } },
  ...{ createdAt: 1, updatedAt: step, step, finished: false, evalGreedy: null, bytes: 4 * step },
});

/** Stored checkpoints of each run, by their steps, which may change between two looks. */
function setUp(stored: Record<string, number[]>) {
  const checkpoints = (runId: string): CheckpointInfo[] =>
    (stored[runId] ?? []).toReversed().map((step) => ({
      ...{
        id: `${runId}-${String(step)}`,
        runId,
        step,
        reason: 'interval',
        bytes: 4,
        createdAt: 1,
      },
    }));
  const store = {
    listCheckpoints: (id: string) => Promise.resolve(checkpoints(id)),
    close: () => undefined,
  };
  return new TryIt(
    () => Promise.resolve([]),
    () => Promise.resolve(store),
  );
}

test('a prompt that is held out twice is offered once', async () => {
  const tryIt = setUp({ one: [2] });
  await tryIt.choose(runOf('one', 2));
  expect(tryIt.heldOut).toHaveLength(BATCH);
  expect(tryIt.offered.length).toBeLessThan(BATCH);
  expect(new Set(tryIt.offered).size).toBe(tryIt.offered.length);
  expect(tryIt.heldOut.every(({ prompt }) => tryIt.offered.includes(prompt))).toBe(true);
});

test('the newest checkpoint stays the newest as its run goes on; an older one stays itself', async () => {
  const stored = { one: [2, 4] };
  const tryIt = setUp(stored);
  await tryIt.follow([runOf('one', 4)]);
  expect(tryIt.checkpointId).toBe('one-4');
  stored.one.push(6);
  await tryIt.follow([runOf('one', 4)]); // nothing new is known of it
  expect(tryIt.checkpoints).toHaveLength(2);
  await tryIt.follow([runOf('one', 6)]);
  expect([tryIt.checkpointId, tryIt.checkpoints.length]).toEqual(['one-6', 3]);
  tryIt.checkpointId = 'one-2';
  stored.one.push(8);
  await tryIt.follow([runOf('one', 8)]);
  expect([tryIt.checkpointId, tryIt.checkpoints.length]).toEqual(['one-2', 4]);
  stored.one.shift();
  await tryIt.follow([{ ...runOf('one', 8), bytes: 1 }]);
  expect(tryIt.checkpointId).toBe('one-8');
});

test('a run that was deleted is chosen no more', async () => {
  const tryIt = setUp({ one: [2], two: [4] });
  await tryIt.follow([runOf('two', 4), runOf('one', 2)]);
  await tryIt.choose(runOf('one', 2));
  await tryIt.follow([runOf('two', 4), runOf('one', 2)]);
  expect(tryIt.run?.id).toBe('one');
  await tryIt.follow([runOf('two', 4)]);
  expect([tryIt.run?.id, tryIt.checkpointId]).toEqual(['two', 'two-4']);
  await tryIt.follow([]);
  expect([tryIt.run, tryIt.checkpointId, tryIt.ready]).toEqual([null, null, false]);
});

test('an answer that was cancelled is no problem; any other failure is told', async () => {
  const errors = [new CodedError('worker-closed', 'closed'), new CodedError('no-wasm', 'none')];
  const tryIt = new TryIt(
    () => Promise.reject(errors.shift()!),
    () => Promise.reject(new Error('unused')),
  );
  tryIt.run = runOf('one', 2);
  tryIt.checkpointId = 'one-2';
  await tryIt.askBatch();
  expect([tryIt.problem, tryIt.busy]).toEqual([null, false]);
  await tryIt.askBatch();
  expect(tryIt.problem).toBe('none');
});
