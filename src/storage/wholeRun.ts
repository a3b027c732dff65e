/**
 * A run as a whole, for export and import: read as it was at one moment, and put into storage in
 * one transaction, all of it or nothing. It never overwrites: a run whose id is taken is refused.
 * What is inside was checked by the importer; here only the seals are looked at.
 */
import { CodedError } from '../../models/errors.ts';
import type { StepMetrics } from '../session/protocol.ts';
import { SCHEMA_VERSION, unseal, type CheckpointHeader } from './checkpointRecord.ts';
import { all, newerSchema, read, write, type Database, type RunRecord } from './database.ts';

export interface WholeRun {
  run: RunRecord;
  /** In order of steps. */
  rows: readonly StepMetrics[];
  /** In order of steps; the bytes are read one by one. */
  headers: readonly CheckpointHeader[];
}

export interface WholeRunStore {
  /** Null when there is no such run. Rejects with 'newer-schema' as the other methods do. */
  wholeRun(runId: string): Promise<WholeRun | null>;
  /** A checkpoint's bytes; null when they are gone or their seal is broken. */
  sealedTensors(header: CheckpointHeader): Promise<Uint8Array | null>;
  /** `tensors` by checkpoint id. Rejects with 'run-exists' when the id is taken. */
  putWholeRun(whole: WholeRun, tensors: ReadonlyMap<string, Uint8Array>): Promise<void>;
}

const runExists = (id: string): CodedError =>
  new CodedError('run-exists', 'A run with this id is stored already. Nothing was changed.', id);

async function wholeRun(database: Database, runId: string): Promise<WholeRun | null> {
  const [stored, rows, headers] = await read(async () => {
    const transaction = database.transaction(['runs', 'metrics', 'checkpoints'], 'readonly');
    return Promise.all([
      transaction.objectStore('runs').get(runId),
      transaction.objectStore('metrics').getAll(IDBKeyRange.bound([runId], [runId, []])),
      transaction.objectStore('checkpoints').index('runId').getAll(runId),
    ]);
  });
  if (!stored) return null;
  const { schemaVersion, ...run } = stored;
  const newest = Math.max(schemaVersion, ...headers.map((header) => header.schemaVersion));
  if (newest > SCHEMA_VERSION) throw newerSchema(`${runId}: version ${newest}`);
  return {
    run,
    rows: rows.map(({ step, values }) => ({ step, values })),
    headers: headers.sort((a, b) => a.step - b.step),
  };
}

function putWholeRun(
  database: Database,
  { run, rows, headers }: WholeRun,
  tensors: ReadonlyMap<string, Uint8Array>,
): Promise<void> {
  return write(database, async (transaction) => {
    const runs = transaction.objectStore('runs');
    if (await runs.get(run.id)) throw runExists(run.id);
    const metrics = transaction.objectStore('metrics');
    const checkpoints = transaction.objectStore('checkpoints');
    const bytes = transaction.objectStore('checkpointBytes');
    await all([
      () => runs.add({ ...run, schemaVersion: SCHEMA_VERSION }),
      ...rows.map((row) => () => metrics.put({ runId: run.id, ...row })),
      ...headers.flatMap((header) => [
        () => checkpoints.put(header),
        () => bytes.put(tensors.get(header.id)!, header.id),
      ]),
    ]);
  });
}

export function wholeRunStore(database: Database): WholeRunStore {
  return {
    wholeRun: (runId) => wholeRun(database, runId),
    async sealedTensors(header) {
      const tensors = await read(() => database.get('checkpointBytes', header.id));
      return unseal(header, tensors)?.tensors ?? null;
    },
    putWholeRun: (whole, tensors) => putWholeRun(database, whole, tensors),
  };
}
