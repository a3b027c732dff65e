/**
 * The stored runs in a real IndexedDB: what is written comes back, damage is passed over and
 * named, a failed write changes nothing, and each failure of the browser has its own words.
 */
import { deleteDB, openDB } from 'idb';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { cdp } from 'vitest/browser';
import { CodedError } from '../../models/errors.ts';
import { defaultConfig } from '../../src/rft/config.ts';
import { openStore, type RunRecord, type RunStore } from '../../src/storage/runStore.ts';
import { importRun } from '../../workers/archive/importRun.ts';
import { makeDraft } from '../unit/checkpointDraft.ts';
import { makeReadRun } from '../unit/readRunDraft.ts';

const NAME = 'storage-test';
let store: RunStore;

function makeRun(id: string, updatedAt = 1000): RunRecord {
  return {
    id,
    name: `run ${id}`,
    config: defaultConfig,
    backend: { backend: 'wasm', device: '2 threads, SIMD' },
    createdAt: 1000,
    updatedAt,
    step: 0,
    finished: false,
    evalGreedy: null,
    bytes: 0,
    policyHash: 'abad1dea',
  };
}

const rowsUpTo = (last: number, first = 0) =>
  Array.from({ length: last - first + 1 }, (_, index) => ({
    step: first + index,
    values: { reward: index / 10 },
  }));

const patch = (step: number) => ({
  step,
  finished: false,
  evalGreedy: 0.5,
  updatedAt: 2000 + step,
});

const save = (runId: string, step: number) =>
  store.saveCheckpoint(makeDraft(runId, step), rowsUpTo(step, step - 9), patch(step));

/** Rejection as `code`, anything else as text. */
const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'resolved',
    (error: unknown) => (error instanceof CodedError ? error.code : String(error)),
  );

/** Works on the database behind the store's back. */
async function tamper(work: (raw: Awaited<ReturnType<typeof openDB>>) => Promise<unknown>) {
  const raw = await openDB(NAME);
  await work(raw);
  raw.close();
}

const flipByte = (id: string) =>
  tamper(async (raw) => {
    const bytes = (await raw.get('checkpointBytes', id)) as Uint8Array;
    bytes[100]! ^= 1;
    await raw.put('checkpointBytes', bytes, id);
  });

const changeHeader = (id: string, change: object) =>
  tamper(async (raw) => {
    await raw.put('checkpoints', { ...(await raw.get('checkpoints', id)), ...change });
  });

beforeEach(async () => {
  await deleteDB(NAME);
  store = await openStore(NAME);
});
afterEach(() => store.close());

// First in this file: Chromium remembers for half a minute how much room it had found, so after
// other writes this test has to write until it looks again.
test('a full disk: it is said, what was there is kept, and saving works again with room', async () => {
  const { origin } = location;
  const setQuota = async (quota: { quotaSize?: number }) => {
    await cdp().send('Storage.overrideQuotaForOrigin', { origin, ...quota });
  };
  onTestFinished(() => setQuota({}));
  await setQuota({ quotaSize: 1_000_000 });
  const saveLarge = (id: string, step: number) =>
    store.saveCheckpoint(makeDraft(id, step, 3_000_000), rowsUpTo(step, step - 9), patch(step));
  await store.createRun(makeRun('filler'));
  await store.createRun(makeRun('a'));
  await save('a', 10);
  const filled = () => codeOf(saveLarge('filler', 10));
  await expect.poll(filled, { timeout: 60_000, interval: 500 }).toBe('storage-full');

  expect(await codeOf(saveLarge('a', 20))).toBe('storage-full');
  const refused = importRun(store, makeReadRun('b', 3_000_000), () => 'c');
  await expect(refused).rejects.toThrow(/^This run takes 6.0 MB, .* Nothing was imported/);
  expect(await store.wholeRun('b')).toBe(null);
  expect((await store.loadCheckpoint('a')).checkpoint).toMatchObject(makeDraft('a', 10));
  expect(await store.getRun('a')).toMatchObject({ step: 10, bytes: 200 });
  expect(await store.metrics('a')).toHaveLength(10);

  await setQuota({});
  await saveLarge('a', 20);
  expect((await store.loadCheckpoint('a')).checkpoint.step).toBe(20);
});

describe('runs', () => {
  test('come back as they were, also through another connection', async () => {
    await store.createRun(makeRun('a'));
    store.close();
    store = await openStore(NAME);
    expect(await store.getRun('a')).toEqual(makeRun('a'));
    const [listed] = await store.listRuns();
    expect({ ...listed, policyHash: 'abad1dea' }).toEqual(makeRun('a'));
    expect(listed).not.toHaveProperty('policyHash');
  });

  test('are listed last updated first, renamed and kept apart', async () => {
    await store.createRun(makeRun('a', 1));
    await store.createRun(makeRun('b', 3));
    await store.createRun(makeRun('c', 2));
    expect((await store.listRuns()).map(({ id }) => id)).toEqual(['b', 'c', 'a']);
    await store.renameRun('c', 'Länger, 例');
    expect((await store.listRuns()).map(({ name }) => name)).toEqual([
      'run b',
      'Länger, 例',
      'run a',
    ]);
  });

  test('that do not exist are said to be gone', async () => {
    for (const call of [
      store.getRun('x'),
      store.renameRun('x', 'y'),
      store.saveCheckpoint(makeDraft('x', 1), [], patch(1)),
    ]) {
      expect(await codeOf(call)).toBe('no-run');
    }
    expect(await store.listCheckpoints('x')).toEqual([]);
  });

  test('take the default of a setting that came after them', async () => {
    const older: Partial<typeof defaultConfig> = { ...defaultConfig };
    Reflect.deleteProperty(older, 'maxGradNorm');
    await store.createRun({ ...makeRun('a'), config: older as typeof defaultConfig });
    expect((await store.getRun('a')).config).toEqual(defaultConfig);
  });

  test('are deleted whole, and nothing of another run is', async () => {
    for (const id of ['a', 'a2']) {
      await store.createRun(makeRun(id));
      await save(id, 10);
      await save(id, 20);
    }
    await store.deleteRun('a');
    expect((await store.listRuns()).map(({ id }) => id)).toEqual(['a2']);
    await tamper(async (raw) => {
      expect(await raw.getAllKeys('checkpointBytes')).toEqual(['a2:10', 'a2:20']);
      expect(await raw.getAllKeys('checkpoints')).toEqual(['a2:10', 'a2:20']);
      expect(await raw.count('metrics')).toBe(20);
    });
    expect((await store.loadCheckpoint('a2')).checkpoint.step).toBe(20);
  });
});

describe('checkpoints', () => {
  beforeEach(() => store.createRun(makeRun('a')));

  test('come back bit for bit, newest first by number of steps', async () => {
    await save('a', 10);
    const saved = await save('a', 100);
    await save('a', 20);
    const { checkpoint, damaged } = await store.loadCheckpoint('a');
    expect(checkpoint).toMatchObject(makeDraft('a', 100));
    expect(damaged).toEqual([]);
    expect((await store.loadCheckpoint('a', 'a:20')).checkpoint).toMatchObject(makeDraft('a', 20));
    const list = await store.listCheckpoints('a');
    expect(list.map(({ step }) => step)).toEqual([100, 20, 10]);
    expect(list[0]).toEqual(saved.checkpoint);
    expect(saved.checkpoint).toMatchObject({ id: 'a:100', bytes: 200, reason: 'interval' });
  });

  test('bring the run and its metrics along', async () => {
    await save('a', 20);
    const { run } = await save('a', 10);
    expect(run).toMatchObject({ step: 10, evalGreedy: 0.5, updatedAt: 2010, bytes: 400 });
    expect(await store.listRuns()).toEqual([run]);
    // The rows after step 10 are of a life that the run has left behind.
    expect((await store.metrics('a')).map(({ step }) => step)).toEqual(
      rowsUpTo(10, 1).map(({ step }) => step),
    );
    expect((await store.metrics('a'))[9]).toEqual({ step: 10, values: { reward: 0.9 } });
    await store.saveCheckpoint(makeDraft('a', 15), rowsUpTo(15, 11), patch(15));
    expect((await store.metrics('a')).map(({ step }) => step)).toEqual(
      rowsUpTo(15, 1).map(({ step }) => step),
    );
  });

  test('of the same step replace each other', async () => {
    await save('a', 10);
    const draft = { ...makeDraft('a', 10, 50), reason: 'end' as const };
    const { run } = await store.saveCheckpoint(draft, [], patch(10));
    expect(run.bytes).toBe(50);
    expect((await store.listCheckpoints('a')).map(({ reason }) => reason)).toEqual(['end']);
    expect((await store.loadCheckpoint('a')).checkpoint.tensors).toEqual(draft.tensors);
  });

  test('store only their own part of a larger buffer', async () => {
    const tensors = makeDraft('a', 10, 100_000).tensors.subarray(500, 700);
    await store.saveCheckpoint({ ...makeDraft('a', 10), tensors }, [], patch(10));
    const loaded = (await store.loadCheckpoint('a')).checkpoint.tensors;
    expect(loaded).toEqual(tensors.slice());
    expect(loaded.buffer.byteLength).toBe(200);
  });

  test('with a flipped byte are passed over and named', async () => {
    await save('a', 10);
    await save('a', 20);
    await save('a', 30);
    await flipByte('a:30');
    await changeHeader('a:20', { promptCursor: 0 });
    const { checkpoint, damaged } = await store.loadCheckpoint('a');
    expect(checkpoint).toMatchObject(makeDraft('a', 10));
    expect(damaged).toEqual(['a:30', 'a:20']);
  });

  test('whose bytes are gone count as damaged', async () => {
    await save('a', 10);
    await save('a', 20);
    await tamper((raw) => raw.delete('checkpointBytes', 'a:20'));
    expect((await store.loadCheckpoint('a')).damaged).toEqual(['a:20']);
  });

  test('all damaged, the one asked for damaged, none at all: each is said', async () => {
    expect(await codeOf(store.loadCheckpoint('a'))).toBe('no-checkpoint');
    await save('a', 10);
    await save('a', 20);
    expect(await codeOf(store.loadCheckpoint('a', 'a:15'))).toBe('no-checkpoint');
    await flipByte('a:20');
    expect(await codeOf(store.loadCheckpoint('a', 'a:20'))).toBe('damaged-checkpoint');
    expect(await codeOf(store.loadCheckpoint('a', 'a:10'))).toBe('resolved');
    await flipByte('a:10');
    expect(await codeOf(store.loadCheckpoint('a'))).toBe('damaged-checkpoint');
    expect(await store.metrics('a')).toHaveLength(20);
  });

  test('of a newer version are refused, not called damaged', async () => {
    await save('a', 10);
    await changeHeader('a:10', { schemaVersion: 2 });
    expect(await codeOf(store.loadCheckpoint('a'))).toBe('newer-schema');
  });

  test('with a setting this version does not know are refused', async () => {
    const config = { ...defaultConfig, warp: 9 };
    await store.saveCheckpoint({ ...makeDraft('a', 10), config }, [], patch(10));
    expect(await codeOf(store.loadCheckpoint('a'))).toBe('other-settings');
  });
});

describe('a write that fails', () => {
  beforeEach(async () => {
    await store.createRun(makeRun('a'));
    await save('a', 10);
  });

  test('half-way leaves everything as it was', async () => {
    const before = [await store.listRuns(), await store.listCheckpoints('a')];
    const uncloneable = { step: 20, values: { reward: (() => 1) as unknown as number } };
    const rows = [...rowsUpTo(19, 11), uncloneable];
    const failed = store.saveCheckpoint(makeDraft('a', 20), rows, patch(20));
    await expect(failed).rejects.toThrow(/could not be cloned/);
    expect([await store.listRuns(), await store.listCheckpoints('a')]).toEqual(before);
    expect(await store.metrics('a')).toHaveLength(10);
    await tamper(async (raw) => {
      expect(await raw.getAllKeys('checkpointBytes')).toEqual(['a:10']);
    });
    expect((await save('a', 20)).run.bytes).toBe(400);
  });

  test('through a connection that made way for a newer version says so', async () => {
    const newer = await openDB(NAME, 99);
    expect(await codeOf(save('a', 20))).toBe('newer-schema');
    expect(await codeOf(store.listRuns())).toBe('newer-schema');
    expect(await codeOf(openStore(NAME))).toBe('newer-schema');
    newer.close();
  });
});

test('a database that the browser cleared is opened anew, empty', async () => {
  await store.createRun(makeRun('a'));
  await cdp().send('Storage.clearDataForOrigin', {
    origin: location.origin,
    storageTypes: 'indexeddb',
  });
  await expect.poll(() => codeOf(save('a', 10))).toBe('no-run');
  expect(await store.listRuns()).toEqual([]);
  await store.createRun(makeRun('a'));
  expect((await save('a', 10)).run.step).toBe(10);
});

test('a closed store stays closed', async () => {
  store.close();
  expect(await codeOf(store.listRuns())).toBe('storage-unavailable');
});

test('a database of the first version is brought up to date with its runs', async () => {
  store.close();
  await deleteDB(NAME);
  const old = await openDB(NAME, 1, {
    upgrade(database) {
      database.createObjectStore('runs', { keyPath: 'id' });
      database.createObjectStore('metrics', { keyPath: ['runId', 'step'] });
      database.createObjectStore('checkpoints', { keyPath: 'id' }).createIndex('runId', 'runId');
      database.createObjectStore('checkpointBytes');
    },
  });
  await old.put('runs', { ...makeRun('a'), schemaVersion: 1 });
  old.close();
  store = await openStore(NAME);
  expect((await store.listRuns()).map(({ id }) => id)).toEqual(['a']);
  expect(await store.deviceCheck('some device')).toBeNull();
  await store.saveDeviceCheck('some device', ['AdamW']);
  expect(await store.deviceCheck('some device')).toEqual(['AdamW']);
  await store.saveDeviceCheck('some device', []);
  expect(await store.deviceCheck('some device')).toEqual([]);
});

test('without IndexedDB the storage is said to be unavailable', async () => {
  const name = 'indexedDB';
  const original = Object.getOwnPropertyDescriptor(globalThis, name)!;
  Reflect.deleteProperty(globalThis, name);
  expect(await codeOf(openStore(NAME))).toBe('storage-unavailable');
  Object.defineProperty(globalThis, name, original);
});

test('the room used and left is known', async () => {
  const room = await store.estimate();
  expect(room!.quota).toBeGreaterThan(room!.used);
  expect(await store.requestPersistence()).toBeTypeOf('boolean');
});
