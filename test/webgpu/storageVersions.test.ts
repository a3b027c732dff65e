/**
 * Databases that older versions of the page left, opened by this one: nothing is lost, and the run
 * in them goes on. fixtures/storage-v<n>.json is what the trainer of the named commit itself stored
 * (tiny policy, CPU, paused at step 4 of 6, checkpoints at 2 and 4), record for record; when the
 * schema changes, the version before joins them.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { deleteDB, openDB } from 'idb';
import { expect, test } from 'vitest';
import { startBackend } from '../../models/backend.ts';
import type { StepMetrics, TrainerEvent } from '../../src/session/protocol.ts';
import { openStore, type RunStore } from '../../src/storage/runStore.ts';
import { readBasePolicy } from '../../workers/basePolicy.ts';
import { createTrainer } from '../../workers/trainer.ts';

interface Table {
  keyPath: string | string[] | null;
  indexes: { name: string; keyPath: string }[];
  records: { key?: string; value: unknown }[];
}

interface Dump {
  version: number;
  stores: Record<string, Table>;
  /** The base policy's files, base64. */
  policy: Record<'config.json' | 'tokenizer.json' | 'model.safetensors', string>;
}

const dumps: Readonly<Record<number, { commit: string; url: URL }>> = {
  1: { commit: '018a079', url: new URL('./fixtures/storage-v1.json', import.meta.url) },
  2: { commit: '350f02d', url: new URL('./fixtures/storage-v2.json', import.meta.url) },
  3: { commit: '44baed7', url: new URL('./fixtures/storage-v3.json', import.meta.url) },
};

const bytesOf = (base64: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));

/** Binary values were written as base64. */
const revived = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && 'base64' in value
    ? bytesOf(value.base64 as string)
    : value;

/** Makes the database as it was. */
async function restore(name: string, { version, stores }: Dump): Promise<void> {
  await deleteDB(name);
  const database = await openDB(name, version, {
    upgrade(opened) {
      for (const [table, { keyPath, indexes }] of Object.entries(stores)) {
        const created = opened.createObjectStore(table, keyPath === null ? {} : { keyPath });
        for (const index of indexes) created.createIndex(index.name, index.keyPath);
      }
    },
  });
  for (const [table, { records }] of Object.entries(stores)) {
    for (const { key, value } of records) await database.put(table, revived(value), key);
  }
  database.close();
}

const valuesOf = <T>({ stores }: Dump, table: string): T[] =>
  (stores[table]?.records ?? []).map(({ value }) => value as T);

/** Goes on with the run to its end; what was told as a failure. */
async function goOn(store: RunStore, runId: string, { policy }: Dump): Promise<string[]> {
  const files = Object.fromEntries(
    Object.entries(policy).map(([name, base64]) => [name, bytesOf(base64)]),
  ) as Record<keyof Dump['policy'], Uint8Array>;
  const failures: string[] = [];
  const trainer = createTrainer({
    startBackend: (_device, onTrouble) => startBackend('cpu', { wasmPaths: {}, onTrouble }),
    loadPolicy: () => Promise.resolve(readBasePolicy(files)),
    openStore: () => Promise.resolve(store),
    rewardRunner: null,
    newRunId: () => 'unused',
    now: () => Date.now(),
    breathe: () => new Promise((resolve) => setTimeout(resolve)),
  });
  await trainer.open((event: TrainerEvent) => {
    if (event.type === 'failure') failures.push(event.failure.message);
  });
  await trainer.resume(runId);
  await trainer.settled();
  return failures;
}

const ends: string[] = [];

test.each(Object.entries(dumps))(
  'version %s: all is there, and the run goes on',
  async (n, dump) => {
    const old = (await (await fetch(dump.url)).json()) as Dump;
    expect(old.version).toBe(Number(n));
    const name = `storage-v${n}`;
    await restore(name, old);
    const store = await openStore(name);

    const [run] = await store.listRuns();
    expect(run).toMatchObject({ id: 'old-run', step: 4, finished: false, bytes: 97_104 });
    const rows = valuesOf<StepMetrics & { runId: string }>(old, 'metrics');
    expect(rows).toHaveLength(5);
    const kept = rows.map(({ step, values }) => ({ step, values }));
    expect(await store.metrics('old-run')).toEqual(kept);
    expect((await store.listCheckpoints('old-run')).map(({ step }) => step)).toEqual([4, 2]);
    for (const { key, value } of old.stores['checkpointBytes']!.records) {
      const { checkpoint, damaged } = await store.loadCheckpoint('old-run', key);
      expect(damaged).toEqual([]);
      expect(checkpoint.tensors).toEqual(revived(value));
    }
    expect(await store.deviceCheck('some device')).toEqual(
      old.stores['deviceChecks'] ? ['AdamW'] : null,
    );
    expect(await store.newestTable()).toEqual(valuesOf(old, 'tables')[0] ?? null);

    expect(await goOn(store, 'old-run', old)).toEqual([]);
    expect(await store.getRun('old-run')).toMatchObject({ step: 6, finished: true });
    const after = await store.metrics('old-run');
    expect(after.slice(0, 5)).toEqual(kept);
    expect(after.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    const { checkpoint } = await store.loadCheckpoint('old-run');
    ends.push(bytesToHex(sha256(checkpoint.tensors)));
    store.close();
    await deleteDB(name);
  },
);

test('the same run ends in the same bits, whichever version began it', () => {
  expect(ends).toHaveLength(Object.keys(dumps).length);
  expect(new Set(ends).size).toBe(1);
});
