/**
 * Whole runs in a real IndexedDB: put in with everything, read back as they were, and never put over
 * one that is there. That a full disk leaves nothing of one, storage.test.ts shows.
 */
import { deleteDB } from 'idb';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CodedError } from '../../models/errors.ts';
import { openStore, type RunStore } from '../../src/storage/runStore.ts';
import { importRun } from '../../workers/archive/importRun.ts';
import type { ReadRun } from '../../workers/archive/runArchive.ts';
import { makeDraft } from '../unit/checkpointDraft.ts';
import { makeReadRun } from '../unit/readRunDraft.ts';

const NAME = 'whole-run-test';
let store: RunStore;

beforeEach(async () => {
  store = await openStore(NAME);
});

afterEach(async () => {
  store.close();
  await deleteDB(NAME);
});

const put = (read: ReadRun) => importRun(store, read, () => 'another-id');

const failure = (promise: Promise<unknown>): Promise<CodedError> =>
  promise.then(
    () => expect.unreachable(),
    (error: unknown) => error as CodedError,
  );

test('comes back as it was put in, and can be gone on with', async () => {
  const read = makeReadRun('a');
  expect((await put(read)).how).toBe('new');
  const back = await store.wholeRun('a');
  const run = { ...read.whole.run, imported: true };
  expect(back).toEqual({ ...read.whole, run });
  expect(Object.is(back!.rows[0]!.values['kl'], -0)).toBe(true);
  for (const header of back!.headers) {
    expect(await store.sealedTensors(header)).toEqual(read.tensors.get(header.id));
  }
  expect(await store.packedRollouts('a')).toEqual(read.rollouts);
  const { checkpoint } = await store.loadCheckpoint('a');
  expect(checkpoint.tensors).toEqual(read.tensors.get('a:20'));
  expect(
    (
      await store.saveCheckpoint(makeDraft('a', 30), [], {
        step: 30,
        finished: false,
        evalGreedy: null,
        updatedAt: 3,
      })
    ).run.step,
  ).toBe(30);
});

test('what came with a run goes with it', async () => {
  await put(makeReadRun('a'));
  await put(makeReadRun('b'));
  await store.deleteRun('a');
  expect(await store.packedRollouts('a')).toBeNull();
  expect(await store.packedRollouts('b')).not.toBeNull();
});

test('never over a run that is there', async () => {
  await put(makeReadRun('a'));
  const before = await store.wholeRun('a');
  expect((await put(makeReadRun('a'))).how).toBe('same');
  const { how, runId } = await put(makeReadRun('a', 300));
  expect(how).toBe('copy');
  expect(await store.wholeRun('a')).toEqual(before);
  const copy = (await store.wholeRun(runId))!;
  expect(await store.sealedTensors(copy.headers[0]!)).toHaveLength(300);
  const { whole, tensors } = makeReadRun('a', 400);
  expect((await failure(store.putWholeRun(whole, tensors, null))).code).toBe('run-exists');
  expect(await store.wholeRun('a')).toEqual(before);
});
