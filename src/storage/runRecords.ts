/**
 * The stored runs themselves: created, claimed by whoever goes on with them, listed, renamed,
 * deleted, and their metrics. Their checkpoints are checkpoints.ts's.
 */
import { CodedError } from '../../models/errors.ts';
import { parseConfig } from '../rft/config.ts';
import type { RunInfo, StepMetrics } from '../session/protocol.ts';
import { SCHEMA_VERSION } from './checkpointRecord.ts';
import {
  all,
  newerSchema,
  read,
  write,
  type Connection,
  type RunRecord,
  type StoredRun,
  type Writing,
} from './database.ts';

const noRun = (runId: string): CodedError =>
  new CodedError('no-run', 'This run is no longer stored in this browser.', runId);

export function checkSchema({ schemaVersion }: { schemaVersion: number }, what: string): void {
  if (schemaVersion > SCHEMA_VERSION) throw newerSchema(`${what}: version ${schemaVersion}`);
}

/** A setting that came after the run was stored takes its default. */
export function toInfo(run: StoredRun): RunInfo {
  const config = parseConfig(run.config).config ?? run.config;
  const info: RunInfo & Partial<StoredRun> = { ...run, config };
  delete info.policyHash;
  delete info.schemaVersion;
  delete info.writer;
  return info;
}

/** A row without its run. */
export function plainRow({ step, values, digest }: StepMetrics): StepMetrics {
  return digest === undefined ? { step, values } : { step, values, digest };
}

/** All metrics keys of a run: an array sorts after any number. */
const metricsOf = (runId: string): IDBKeyRange => IDBKeyRange.bound([runId], [runId, []]);

export async function storedRun(transaction: Writing, runId: string): Promise<StoredRun> {
  const run = await transaction.objectStore('runs').get(runId);
  if (!run) throw noRun(runId);
  checkSchema(run, runId);
  return run;
}

/** Changes a run's record in one transaction. */
export function changeRun(
  connection: Connection,
  runId: string,
  change: (run: StoredRun) => StoredRun,
): Promise<void> {
  return write(connection, async (transaction) => {
    const run = await storedRun(transaction, runId);
    await transaction.objectStore('runs').put(change(run));
  });
}

/** As a run is stored at first; `writer`: which store may add to it. */
export const newRun = (run: RunRecord, writer: string): StoredRun => ({
  ...run,
  schemaVersion: SCHEMA_VERSION,
  writer,
});

export const createRun = (connection: Connection, run: RunRecord, writer: string): Promise<void> =>
  write(connection, async (transaction) => {
    await transaction.objectStore('runs').add(newRun(run, writer));
  });

export async function getRun(connection: Connection, runId: string): Promise<RunRecord> {
  const run = await read(connection, (database) => database.get('runs', runId));
  if (!run) throw noRun(runId);
  checkSchema(run, runId);
  return { ...toInfo(run), policyHash: run.policyHash };
}

export async function listRuns(connection: Connection): Promise<RunInfo[]> {
  const runs = await read(connection, (database) => database.getAll('runs'));
  return runs.map(toInfo).sort((a, b) => b.updatedAt - a.updatedAt);
}

/**
 * Up to the step that the run is at. A run that went on from before a damaged checkpoint and was
 * stopped early leaves rows of its former life beyond that.
 */
export async function metrics(connection: Connection, runId: string): Promise<StepMetrics[]> {
  const [run, rows] = await read(connection, async (database) => {
    const transaction = database.transaction(['runs', 'metrics'], 'readonly');
    return Promise.all([
      transaction.objectStore('runs').get(runId),
      transaction.objectStore('metrics').getAll(metricsOf(runId)),
    ]);
  });
  return rows.map(plainRow).filter(({ step }) => step <= (run?.step ?? -1));
}

export function deleteRun(connection: Connection, runId: string): Promise<void> {
  return write(connection, async (transaction) => {
    const checkpoints = transaction.objectStore('checkpoints');
    const bytes = transaction.objectStore('checkpointBytes');
    const ids = await checkpoints.index('runId').getAllKeys(runId);
    await all([
      ...ids.flatMap((id) => [() => checkpoints.delete(id), () => bytes.delete(id)]),
      () => transaction.objectStore('metrics').delete(metricsOf(runId)),
      () => transaction.objectStore('rollouts').delete(runId),
      () => transaction.objectStore('runs').delete(runId),
    ]);
  });
}
