/**
 * What is kept and by whom: pins, checkpoints that the user removes, and one writer a run, in a
 * real IndexedDB with real Web Locks.
 */
import { deleteDB, openDB } from 'idb';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CodedError } from '../../models/errors.ts';
import { defaultConfig } from '../../src/rft/config.ts';
import { openStore, type RunStore } from '../../src/storage/runStore.ts';
import { lockRun, runsAtHand, runsChannel, whenFree } from '../../src/storage/runTabs.ts';
import { makeDraft } from '../unit/checkpointDraft.ts';

const NAME = 'storage-keeping-test';
let store: RunStore;

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'resolved',
    (error: unknown) => (error instanceof CodedError ? error.code : String(error)),
  );

const create = (id: string) =>
  store.createRun({
    id,
    name: id,
    config: defaultConfig,
    backend: { backend: 'wasm', device: '2 threads, SIMD' },
    createdAt: 1000,
    updatedAt: 1000,
    step: 0,
    finished: false,
    evalGreedy: null,
    bytes: 0,
    policyHash: 'abad1dea',
  });

const save = (runId: string, step: number, by = store) =>
  by.saveCheckpoint(makeDraft(runId, step), [], {
    step,
    finished: false,
    evalGreedy: null,
    updatedAt: 2000 + step,
  });

const stepsOf = async (runId: string) =>
  (await store.listCheckpoints(runId)).map(({ step }) => step);

beforeEach(async () => {
  await deleteDB(NAME);
  store = await openStore(NAME);
  await create('a');
});
afterEach(() => store.close());

describe('checkpoints', () => {
  beforeEach(async () => {
    for (const step of [10, 20, 30]) await save('a', step);
  });

  test('are removed with their bytes, and the run says how much it takes now', async () => {
    await store.deleteCheckpoints(['a:10']);
    expect(await stepsOf('a')).toEqual([30, 20]);
    expect(await store.getRun('a')).toMatchObject({ bytes: 400, step: 30 });
    expect(await codeOf(store.loadCheckpoint('a', 'a:10'))).toBe('no-checkpoint');
    await store.deleteCheckpoints(['a:10']); // gone already: nothing to do
    expect((await store.getRun('a')).bytes).toBe(400);
  });

  test('that are pinned or the newest stay, and with them all that were asked for', async () => {
    await store.pinCheckpoint({ runId: 'a', step: 20 }, true);
    expect((await store.getRun('a')).pins).toEqual([20]);
    for (const ids of [
      ['a:10', 'a:20'],
      ['a:10', 'a:30'],
    ]) {
      expect(await codeOf(store.deleteCheckpoints(ids))).toBe('kept-checkpoint');
      expect(await stepsOf('a')).toEqual([30, 20, 10]);
      expect((await store.getRun('a')).bytes).toBe(600);
    }
    await store.pinCheckpoint({ runId: 'a', step: 20 }, false);
    await store.deleteCheckpoints(['a:10', 'a:20']);
    expect(await stepsOf('a')).toEqual([30]);
  });

  test('of which the newest is damaged leave the newest whole one, whatever is asked for', async () => {
    const raw = await openDB(NAME);
    await raw.put('checkpointBytes', new Uint8Array(200), 'a:30');
    raw.close();
    for (const ids of [['a:20'], ['a:10', 'a:20']]) {
      expect(await codeOf(store.deleteCheckpoints(ids))).toBe('kept-checkpoint');
      expect(await stepsOf('a')).toEqual([30, 20, 10]);
    }
    await store.deleteCheckpoints(['a:10']);
    expect((await store.loadCheckpoint('a')).checkpoint.step).toBe(20);
    await save('a', 30); // whole again
    await store.deleteCheckpoints(['a:20']);
    expect(await stepsOf('a')).toEqual([30]);
  });

  test('a pin outlives what is saved later, and is none of the seal’s business', async () => {
    await store.pinCheckpoint({ runId: 'a', step: 30 }, true);
    await save('a', 40);
    expect((await store.getRun('a')).pins).toEqual([30]);
    const { checkpoint } = await store.loadCheckpoint('a', 'a:30');
    expect(checkpoint).toMatchObject(makeDraft('a', 30));
  });

  test('of all runs are listed oldest first', async () => {
    await create('b');
    await save('b', 15);
    const listed = await store.listAllCheckpoints();
    expect(listed.map(({ id }) => id)).toEqual(['a:10', 'b:15', 'a:20', 'a:30']);
  });
});

describe('a checkpoint that another tab replaces while it is read', () => {
  let other: RunStore;
  beforeEach(async () => {
    await save('a', 10);
    other = await openStore(NAME);
    await other.claimRun('a');
  });
  afterEach(() => other.close());

  /** The same step with other bytes, as when a change is stored in a pause. */
  const replace = () =>
    other.saveCheckpoint(makeDraft('a', 10, 300), [], {
      ...{ step: 10, finished: false, evalGreedy: null, updatedAt: 3000 },
    });

  test('is read as it was or as it is, never as damaged', async () => {
    for (const id of [undefined, 'a:10']) {
      const [loaded] = await Promise.all([store.loadCheckpoint('a', id), replace()]);
      expect(loaded.damaged).toEqual([]);
      expect(loaded.checkpoint).toMatchObject({ id: 'a:10', step: 10 });
      await other.saveCheckpoint(makeDraft('a', 10), [], {
        ...{ step: 10, finished: false, evalGreedy: null, updatedAt: 3000 },
      });
    }
  });

  test('by somebody who reads the whole run: it is said that the run has changed', async () => {
    const { headers } = (await store.wholeRun('a'))!;
    await replace();
    expect(await codeOf(store.sealedTensors(headers[0]!))).toBe('run-changed');
    const anew = (await store.wholeRun('a'))!;
    expect(await store.sealedTensors(anew.headers[0]!)).toHaveLength(300);
  });
});

test('a run can be stored with its first checkpoint: both or, where its id is taken, neither', async () => {
  const record = { ...(await store.getRun('a')), id: 'b', name: 'fork' };
  const rows = [{ step: 10, values: { reward: 0.5 } }];
  const patch = { step: 10, finished: false, evalGreedy: null, updatedAt: 2010 };
  const put = (runId: string, step: number) =>
    store.saveCheckpoint(makeDraft(runId, step), rows, patch, { ...record, id: runId });
  expect((await put('b', 10)).run).toMatchObject({ id: 'b', name: 'fork', step: 10, bytes: 200 });
  await save('b', 20); // this store's to add to
  expect(await stepsOf('b')).toEqual([20, 10]);
  const before = await store.getRun('a');
  expect(await codeOf(put('a', 30))).toMatch(/ConstraintError/);
  expect([await store.getRun('a'), await stepsOf('a')]).toEqual([before, []]);
});

test('a store that was overtaken adds nothing to the run', async () => {
  await save('a', 10);
  const other = await openStore(NAME);
  expect(await codeOf(save('a', 20, other))).toBe('run-elsewhere');
  await other.claimRun('a');
  await save('a', 20, other);
  expect(await codeOf(save('a', 30))).toBe('run-elsewhere');
  expect(await stepsOf('a')).toEqual([20, 10]);
  other.close();
});

describe('the lock on a run', () => {
  test('is had by one at a time, is seen, and frees those who wait', async () => {
    const heard: unknown[] = [];
    const channel = runsChannel();
    channel.onmessage = ({ data }) => heard.push(data);
    const release = await lockRun('a');
    expect(await runsAtHand()).toEqual(['a']);
    expect(await codeOf(lockRun('a'))).toBe('run-elsewhere');
    let free = false;
    const waiting = whenFree('a', new AbortController().signal).then(() => (free = true));
    await expect.poll(() => heard.length).toBe(1);
    expect(free).toBe(false);
    release();
    await waiting;
    expect(await runsAtHand()).toEqual([]);
    await expect.poll(() => heard.length).toBeGreaterThan(1);
    (await lockRun('a'))();
    channel.close();
  });

  test('is freed when the worker that has it is ended', async () => {
    const text = `navigator.locks.request('rft-run:a', () => new Promise(() => postMessage('has it')))`;
    const worker = new Worker(URL.createObjectURL(new Blob([text])));
    await new Promise((resolve) => (worker.onmessage = resolve));
    expect(await codeOf(lockRun('a'))).toBe('run-elsewhere');
    worker.terminate();
    (await lockRun('a'))();
  });
});
