/**
 * A run as a whole, for export and import: read as it was at one moment, and put into storage in
 * one transaction, all of it or nothing. It never overwrites: a run whose id is taken is refused.
 * What is inside was checked by the importer; here only the seals are looked at.
 */
import { CodedError } from '../../models/errors.ts';
import type { StepMetrics } from '../session/protocol.ts';
import { SCHEMA_VERSION, unseal, type CheckpointHeader } from './checkpointRecord.ts';
import {
  all,
  read,
  write,
  type Connection,
  type PackedRollouts,
  type RunRecord,
  type StoredRun,
} from './database.ts';
import { checkSchema, plainRow } from './runRecords.ts';

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
  /**
   * A checkpoint's bytes; null when they are gone or their seal is broken. Rejects with
   * 'run-changed' when another checkpoint of the same step has taken its place.
   */
  sealedTensors(header: CheckpointHeader): Promise<Uint8Array | null>;
  /** What came with an imported run; null for a run that was made here. */
  packedRollouts(runId: string): Promise<PackedRollouts | null>;
  /** `tensors` by checkpoint id. Rejects with 'run-exists' when the id is taken. */
  putWholeRun(
    whole: WholeRun,
    tensors: ReadonlyMap<string, Uint8Array>,
    rollouts: PackedRollouts | null,
  ): Promise<void>;
}

export const runChanged = (id: string): CodedError =>
  new CodedError(
    'run-changed',
    'This run was stored anew while it was being read, so nothing came of it. Try again.',
    id,
  );

const runExists = (id: string): CodedError =>
  new CodedError('run-exists', 'A run with this id is stored already. Nothing was changed.', id);

async function wholeRun(connection: Connection, runId: string): Promise<WholeRun | null> {
  const [stored, rows, headers] = await read(connection, async (database) => {
    const transaction = database.transaction(['runs', 'metrics', 'checkpoints'], 'readonly');
    return Promise.all([
      transaction.objectStore('runs').get(runId),
      transaction.objectStore('metrics').getAll(IDBKeyRange.bound([runId], [runId, []])),
      transaction.objectStore('checkpoints').index('runId').getAll(runId),
    ]);
  });
  if (!stored) return null;
  for (const record of [stored, ...headers]) checkSchema(record, runId);
  const run: RunRecord & Partial<StoredRun> = { ...stored };
  delete run.schemaVersion;
  delete run.writer; // says who wrote it here
  return {
    run,
    rows: rows.map(plainRow),
    headers: headers.sort((a, b) => a.step - b.step),
  };
}

/** Header and bytes are read together: another tab may be replacing them. */
async function sealedTensors(
  connection: Connection,
  header: CheckpointHeader,
): Promise<Uint8Array | null> {
  const [now, tensors] = await read(connection, async (database) => {
    const transaction = database.transaction(['checkpoints', 'checkpointBytes'], 'readonly');
    return Promise.all([
      transaction.objectStore('checkpoints').get(header.id),
      transaction.objectStore('checkpointBytes').get(header.id),
    ]);
  });
  if (now && now.checksum !== header.checksum) throw runChanged(header.id);
  return unseal(header, tensors)?.tensors ?? null;
}

function putWholeRun(
  connection: Connection,
  { run, rows, headers }: WholeRun,
  tensors: ReadonlyMap<string, Uint8Array>,
  rollouts: PackedRollouts | null,
): Promise<void> {
  return write(connection, async (transaction) => {
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
      ...(rollouts ? [() => transaction.objectStore('rollouts').put(rollouts, run.id)] : []),
    ]);
  });
}

export function wholeRunStore(connection: Connection): WholeRunStore {
  return {
    wholeRun: (runId) => wholeRun(connection, runId),
    sealedTensors: (header) => sealedTensors(connection, header),
    packedRollouts: async (runId) =>
      (await read(connection, (database) => database.get('rollouts', runId))) ?? null,
    putWholeRun: (whole, tensors, rollouts) => putWholeRun(connection, whole, tensors, rollouts),
  };
}
