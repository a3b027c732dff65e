/** Trying a checkpoint: what is offered of a run, and how it follows the stored runs. */
import { expect, test } from 'vitest';
import { CodedError } from '../../models/errors.ts';
import { parseConfig } from '../../src/rft/config.ts';
import type { CheckpointInfo, RunInfo } from '../../src/session/protocol.ts';
import { BATCH, SAMPLES, TryIt } from '../../src/session/tryIt.svelte.ts';

const { config } = parseConfig({ task: 'reversal', level: 2, policy: 'untrained-0.1M' });

const runOf = (id: string, step: number): RunInfo => ({
  ...{ id, name: id, config: config!, backend: { backend: 'wasm', device: 'test device' } },
  ...{ createdAt: 1, updatedAt: step, step, finished: false, evalGreedy: null, bytes: 4 * step },
});

const checkpointOf = (runId: string, step: number): CheckpointInfo => ({
  ...{ id: `${runId}-${String(step)}`, runId, step, reason: 'interval', bytes: 4, createdAt: 1 },
});

type Ask = ConstructorParameters<typeof TryIt>[0];

/** Stored checkpoints of each run, by their steps, which may change between two looks. */
function setUp(stored: Record<string, number[]>, ask: Ask = () => Promise.resolve([])) {
  const checkpoints = (runId: string): CheckpointInfo[] =>
    (stored[runId] ?? []).toReversed().map((step) => checkpointOf(runId, step));
  const store = {
    listCheckpoints: (id: string) => Promise.resolve(checkpoints(id)),
    close: () => undefined,
  };
  return new TryIt(ask, () => Promise.resolve(store));
}

const answerTo: Ask = ({ prompts }) =>
  Promise.resolve(prompts.map((prompt) => ({ prompt, completion: '', ended: true, tokens: [] })));

test('what goes wrong with a choice that was left is not told of the next one', async () => {
  let fail: (reason: Error) => void = () => undefined;
  const asked = new Promise<never>((_, reject) => (fail = reject));
  const tryIt = setUp({ one: [2], two: [4] }, () => asked);
  await tryIt.choose(runOf('one', 2));
  const over = tryIt.askOne();
  await tryIt.choose(runOf('two', 4));
  fail(new Error('checkpoint gone'));
  await over;
  expect([tryIt.problem, tryIt.dropped, tryIt.busy]).toEqual([null, true, false]);
});

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
  tryIt.checkpoints = [checkpointOf('one', 2)];
  tryIt.checkpointId = 'one-2';
  await tryIt.askBatch();
  expect([tryIt.problem, tryIt.busy]).toEqual([null, false]);
  await tryIt.askBatch();
  expect(tryIt.problem).toBe('none');
});

test('answers say whose they are, and that the choice has moved on', async () => {
  const stored = { one: [2, 4], two: [4] };
  const tryIt = setUp(stored, answerTo);
  await tryIt.choose(runOf('one', 4));
  expect([tryIt.answered, tryIt.moved]).toEqual([null, false]);
  await tryIt.askOne();
  expect(tryIt.answered).toMatchObject({ checkpoint: { id: 'one-4' }, sampled: false });
  expect([tryIt.duels.length, tryIt.moved]).toEqual([1, false]);
  tryIt.sampled = true;
  expect([tryIt.duels.length, tryIt.moved]).toEqual([1, true]);
  tryIt.sampled = false;
  expect(tryIt.moved).toBe(false);
  stored.one.push(6); // the run goes on, and takes the selection with it
  await tryIt.follow([runOf('one', 6)]);
  expect([tryIt.checkpointId, tryIt.answered?.checkpoint.step, tryIt.moved]).toEqual([
    ...['one-6', 4, true],
  ]);
  await tryIt.choose(runOf('two', 4));
  expect([tryIt.duels, tryIt.answered, tryIt.moved]).toEqual([[], null, false]);
});

test.each([
  ['run', (tryIt: TryIt) => tryIt.choose(runOf('two', 4))],
  ['checkpoint', (tryIt: TryIt) => (tryIt.checkpointId = 'one-2')],
  ['mode', (tryIt: TryIt) => (tryIt.sampled = true)],
])('answers that come after another %s was chosen are not shown as its own', async (_, choose) => {
  let answer: () => void = () => undefined;
  const asked = new Promise<void>((resolve) => (answer = resolve));
  const tryIt = setUp({ one: [2, 4], two: [4] }, async (request) => {
    await asked;
    return answerTo(request);
  });
  await tryIt.choose(runOf('one', 4));
  const over = tryIt.askOne();
  await choose(tryIt);
  answer();
  await over;
  expect([tryIt.duels, tryIt.answered, tryIt.dropped, tryIt.busy]).toEqual([
    ...[[], null, true, false],
  ]);
  await tryIt.askOne();
  expect([tryIt.duels.length, tryIt.dropped]).toEqual([tryIt.sampled ? SAMPLES : 1, false]);
});
