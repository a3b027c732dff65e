/**
 * Forks: a new run from another's checkpoint, to the bit what the other would have done, or with
 * one thing changed from there on. And single steps that write no checkpoint of their own.
 */
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CodedError } from '../../models/errors.ts';
import type { RunConfig } from '../../src/rft/configTable.ts';
import { configAt } from '../../src/rft/recipeChange.ts';
import { createMemoryStore } from '../../workers/memoryStore.ts';
import type { TrainerStore } from '../../workers/activeRun.ts';
import { tinyConfig, writeChattyPolicy } from './tinyPolicy.ts';
import { failuresOf, newest, openTrainer, rowsOf, said, withoutTimes } from './trainerHarness.ts';

let policies: string;

beforeAll(async () => {
  policies = await writeChattyPolicy();
});

afterAll(() => rm(policies, { recursive: true }));

const config = tinyConfig({ maxSteps: 6, evalSteps: 3, saveSteps: 2 });

interface Parent {
  store: TrainerStore;
  runId: string;
  digest: string;
}

async function parentRun(recipe: RunConfig = config): Promise<Parent> {
  const store = createMemoryStore();
  const { trainer, events } = await openTrainer(policies, {}, store);
  const runId = await trainer.start(recipe);
  await trainer.settled();
  expect(failuresOf(events)).toEqual([]);
  return { store, runId, digest: (await newest(store, runId)).digest };
}

async function fork({ store, runId }: Parent, step: number, edited: RunConfig) {
  const ids = { newRunId: () => 'the-fork' };
  const harness = await openTrainer(policies, ids, store);
  const id = await harness.trainer.fork(runId, `${runId}:${step}`, edited);
  await harness.trainer.settled();
  expect(failuresOf(harness.events)).toEqual([]);
  return { ...harness, id };
}

const rowsIn = async (store: TrainerStore, runId: string) =>
  (await store.metrics(runId)).map(withoutTimes);

test('a fork without an edit is the uninterrupted run, bit for bit', async () => {
  const parent = await parentRun();
  const { store, runId } = parent;
  const before = await store.getRun(runId);
  const { id, events } = await fork(parent, 2, config);
  expect(id).toBe('the-fork');
  expect((await newest(store, id)).digest).toBe(parent.digest);
  // Its metrics are whole: the shared steps are copied, the rest measured again.
  expect(await rowsIn(store, id)).toEqual(await rowsIn(store, runId));
  expect(rowsOf(events).map(({ step }) => step)).toEqual([3, 4, 5, 6]);
  const record = await store.getRun(id);
  expect(record).toMatchObject({ parent: { runId, step: 2 }, step: 6, finished: true });
  expect(record.config).toEqual(config);
  expect(record.evalGreedy).toBe(before.evalGreedy);
  expect(await store.getRun(runId)).toEqual(before);
});

test('it has a checkpoint before its first step, with the rows up to there', async () => {
  const parent = await parentRun();
  const { events, id } = await fork(parent, 4, config);
  expect(said(events).slice(0, 8)).toEqual([
    ...['idle', 'loading', 'backend', 'saving 4', 'pause 4'],
    ...['run', 'history 0,1,2,3,4', 'running'],
  ]);
  const { checkpoint } = await parent.store.loadCheckpoint(id, `${id}:4`);
  expect(checkpoint).toMatchObject({ step: 4, runId: id });
});

test('a full disk leaves nothing of a fork, and with room again it can be made', async () => {
  const parent = await parentRun();
  const { store, runId } = parent;
  let full = true;
  const fullable: TrainerStore = {
    ...store,
    saveCheckpoint: (...args) =>
      full
        ? Promise.reject(new CodedError('storage-full', 'There is no room left.'))
        : store.saveCheckpoint(...args),
  };
  const ids = { newRunId: () => 'the-fork' };
  const { trainer, events } = await openTrainer(policies, ids, fullable);
  const refused = trainer.fork(runId, `${runId}:4`, config);
  await expect(refused).rejects.toMatchObject({ code: 'storage-full' });
  expect(said(events).slice(-2)).toEqual(['failure storage-full', 'failed']);
  await expect(async () => store.getRun('the-fork')).rejects.toMatchObject({ code: 'no-run' });
  full = false;
  const id = await trainer.fork(runId, `${runId}:4`, config);
  await trainer.settled();
  expect((await newest(store, id)).digest).toBe(parent.digest);
});

test('what is edited changes at the next step, as if it had been changed there by hand', async () => {
  const parent = await parentRun();
  const { id } = await fork(parent, 4, { ...config, learningRate: 0.05, beta: 0.1 });
  const record = await parent.store.getRun(id);
  expect(record.config.changes).toEqual([{ step: 5, learningRate: 0.05, beta: 0.1 }]);
  expect(record.config.learningRate).toBe(config.learningRate);
  const { digest } = await newest(parent.store, id);
  expect(digest).not.toBe(parent.digest);
  expect(digest).toBe((await parentRun(record.config)).digest);
});

test('a change that the recipe had already done is no edit; one that it has yet to do stays', async () => {
  const recipe = tinyConfig({
    ...config,
    changes: [
      { step: 2, temperature: 1.2 },
      { step: 6, learningRate: 0.02 },
    ],
  });
  const parent = await parentRun(recipe);
  const now = { ...recipe, temperature: 1.2 };
  const { id } = await fork(parent, 4, now);
  expect((await parent.store.getRun(id)).config).toEqual(recipe);
  expect((await newest(parent.store, id)).digest).toBe(parent.digest);
});

test('a change made by hand after the checkpoint is repeated with the recipe it went into', async () => {
  const store = createMemoryStore();
  const { trainer, atMetrics } = await openTrainer(policies, {}, store);
  atMetrics(2, () => void trainer.change({ learningRate: 0.05 }));
  atMetrics(4, () => void trainer.change({ temperature: 1.3 }));
  const runId = await trainer.start(config);
  await trainer.settled();
  const { digest } = await newest(store, runId);
  const recipe = (await store.getRun(runId)).config;
  const { id } = await fork({ store, runId, digest }, 2, configAt(recipe, 3));
  expect((await store.getRun(id)).config).toEqual(recipe);
  expect((await newest(store, id)).digest).toBe(digest);
  // Unless they are taken out.
  const { id: other } = await fork({ store, runId, digest }, 2, config);
  expect((await store.getRun(other)).config.changes).toEqual([]);
  expect((await newest(store, other)).digest).not.toBe(digest);
});

test('what cannot change on the way is refused with a reason, and the end has nothing after it', async () => {
  const { store, runId } = await parentRun();
  const { trainer, events } = await openTrainer(policies, {}, store);
  const refusal = (step: number, edited: RunConfig) =>
    trainer.fork(runId, `${runId}:${step}`, edited);
  await expect(refusal(2, { ...config, numGenerations: 8 })).rejects.toMatchObject({
    code: 'bad-fork',
    message: expect.stringContaining('cannot change on the way') as string,
  });
  await expect(refusal(2, { ...config, learningRate: 5 })).rejects.toMatchObject({
    code: 'bad-fork',
    detail: 'changes',
  });
  await expect(refusal(6, config)).rejects.toMatchObject({ code: 'bad-fork', detail: 'maxSteps' });
  await expect(refusal(1, config)).rejects.toMatchObject({ code: 'no-checkpoint' });
  expect(events.some(({ type }) => type === 'run')).toBe(false);
});

test('single steps without a checkpoint save what is due, and are the same run', async () => {
  const plain = await parentRun();
  const { trainer, events, store } = await openTrainer(policies);
  const runId = await trainer.startPaused(config);
  await trainer.settled();
  const saves = () =>
    events.flatMap((event) => (event.type === 'checkpoint' ? [event.checkpoint.step] : []));
  expect(saves()).toEqual([1]);
  const saved = [];
  for (let step = 2; step <= 5; step++) {
    await trainer.step({ save: false });
    saved.push(saves().at(-1));
  }
  // Step 2 and 4 are due by saveSteps; 3 and 5 are not, unless 3 evaluated best.
  expect([saved[0], saved[2], saved[3]]).toEqual([2, 4, 4]);
  await trainer.step({ save: false }); // the last one
  expect((await store.getRun(runId)).finished).toBe(true);
  expect((await newest(store, runId)).digest).toBe(plain.digest);
});

test.each(['stop', 'pause'] as const)('%s within such a step saves it', async (end) => {
  const { trainer, store, atMetrics } = await openTrainer(policies);
  const runId = await trainer.startPaused({ ...config, saveSteps: 50, evalSteps: 50 });
  await trainer.settled();
  atMetrics(2, () => void trainer[end]());
  await trainer.step({ save: false });
  expect((await newest(store, runId)).step).toBe(2);
});

test('stopped after such a step, the run is saved', async () => {
  const { trainer, store } = await openTrainer(policies);
  const runId = await trainer.startPaused({ ...config, saveSteps: 50, evalSteps: 50 });
  await trainer.settled();
  await trainer.step({ save: false });
  expect((await newest(store, runId)).step).toBe(1);
  await trainer.stop();
  expect((await newest(store, runId)).step).toBe(2);
});
