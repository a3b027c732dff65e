/**
 * The stored runs: settings, metrics and checkpoints. The trainer writes, the page lists, renames
 * and deletes; both hold their own connection. A checkpoint, the metrics up to it and the run's
 * new state are written together or not at all, so a crash always leaves the last good state.
 */
import { CodedError } from '../../models/errors.ts';
import { parseConfig } from '../rft/config.ts';
import type { CheckpointInfo, RunInfo, StepMetrics } from '../session/protocol.ts';
import {
  SCHEMA_VERSION,
  seal,
  unseal,
  type CheckpointDraft,
  type CheckpointHeader,
  type StoredCheckpoint,
} from './checkpointRecord.ts';
import {
  all,
  newerSchema,
  openDatabase,
  read,
  write,
  type Database,
  type OwnTable,
  type RunRecord,
  type Writing,
} from './database.ts';
import { wholeRunStore, type WholeRunStore } from './wholeRun.ts';

export type { CheckpointDraft, OwnTable, RunRecord, StoredCheckpoint };

/** What a checkpoint changes in its run; the recipe where it was changed on the way. */
export type RunPatch = Pick<RunInfo, 'step' | 'finished' | 'evalGreedy' | 'updatedAt'> &
  Partial<Pick<RunInfo, 'config'>>;

export interface LoadedCheckpoint {
  checkpoint: StoredCheckpoint;
  /** Ids of newer checkpoints that were passed over because their seal is broken. */
  damaged: string[];
}

/** What was found out about a device, by a key that names it. */
export interface DeviceCheckStore {
  /** Names of the fused ops that failed; null where the device has not been looked at. */
  deviceCheck(key: string): Promise<string[] | null>;
  saveDeviceCheck(key: string, failing: readonly string[]): Promise<void>;
}

/** The user's own tables; of these too, every failure is a CodedError. */
export interface TableStore {
  /** Keeps the newest few; an older use of the same table is replaced. */
  saveTable(table: OwnTable): Promise<void>;
  table(hash: string): Promise<OwnTable | null>;
  newestTable(): Promise<OwnTable | null>;
}

/**
 * Every method rejects with CodedError 'storage-full' or 'storage-unavailable' when the browser's
 * storage fails, 'no-run' when the run is not (or no longer) there, 'newer-schema' when a newer
 * version of the page wrote it.
 */
export interface RunStore extends DeviceCheckStore, TableStore, WholeRunStore {
  createRun(run: RunRecord): Promise<void>;
  getRun(runId: string): Promise<RunRecord>;
  /** All in one transaction; a checkpoint of the same run and step is replaced. */
  saveCheckpoint(
    draft: CheckpointDraft,
    rows: readonly StepMetrics[],
    patch: RunPatch,
  ): Promise<{ checkpoint: CheckpointInfo; run: RunInfo }>;
  /**
   * The newest whole checkpoint, or exactly `id`. Rejects with 'no-checkpoint' when there is none
   * and with 'damaged-checkpoint' when all (or the one asked for) are damaged.
   */
  loadCheckpoint(runId: string, id?: string): Promise<LoadedCheckpoint>;
  /** Last updated first. */
  listRuns(): Promise<RunInfo[]>;
  /** Newest first, without loading their bytes. */
  listCheckpoints(runId: string): Promise<CheckpointInfo[]>;
  /** In order of steps. */
  metrics(runId: string): Promise<StepMetrics[]>;
  deleteRun(runId: string): Promise<void>;
  renameRun(runId: string, name: string): Promise<void>;
  /** Bytes of this site; null where the browser does not tell. */
  estimate(): Promise<{ used: number; quota: number } | null>;
  /** Asks the browser not to clear this site when room gets short; true if it agrees. */
  requestPersistence(): Promise<boolean>;
  close(): void;
}

type StoredRun = RunRecord & { schemaVersion: number };

const noRun = (runId: string): CodedError =>
  new CodedError('no-run', 'This run is no longer stored in this browser.', runId);

function checkSchema({ schemaVersion }: { schemaVersion: number }, what: string): void {
  if (schemaVersion > SCHEMA_VERSION) throw newerSchema(`${what}: version ${schemaVersion}`);
}

/** A setting that came after the run was stored takes its default. */
function toInfo(run: StoredRun): RunInfo {
  const { id, name, backend, createdAt, updatedAt, step, finished, evalGreedy, bytes } = run;
  const config = parseConfig(run.config).config ?? run.config;
  const info = {
    id,
    name,
    config,
    backend,
    createdAt,
    updatedAt,
    step,
    finished,
    evalGreedy,
    bytes,
  };
  return run.parent ? { ...info, parent: run.parent } : info;
}

function toCheckpointInfo(header: CheckpointHeader): CheckpointInfo {
  const { id, runId, step, reason, bytes, createdAt } = header;
  return { id, runId, step, reason, bytes, createdAt };
}

/** All metrics keys of a run: an array sorts after any number. */
const metricsOf = (runId: string): IDBKeyRange => IDBKeyRange.bound([runId], [runId, []]);

/** A view into a larger buffer would be stored with all of that buffer. */
const ownBytes = (bytes: Uint8Array): Uint8Array =>
  bytes.length === bytes.buffer.byteLength ? bytes : bytes.slice();

async function headersOf(database: Database, runId: string): Promise<CheckpointHeader[]> {
  const headers = await read(() => database.getAllFromIndex('checkpoints', 'runId', runId));
  return headers.sort((a, b) => b.step - a.step);
}

async function storedRun(transaction: Writing, runId: string): Promise<StoredRun> {
  const run = await transaction.objectStore('runs').get(runId);
  if (!run) throw noRun(runId);
  checkSchema(run, runId);
  return run;
}

async function saveCheckpoint(
  database: Database,
  draft: CheckpointDraft,
  rows: readonly StepMetrics[],
  patch: RunPatch,
): Promise<{ checkpoint: CheckpointInfo; run: RunInfo }> {
  const { runId } = draft;
  const header = seal(draft);
  const run = await write(database, async (transaction) => {
    const runs = transaction.objectStore('runs');
    const metrics = transaction.objectStore('metrics');
    const checkpoints = transaction.objectStore('checkpoints');
    const bytes = transaction.objectStore('checkpointBytes');
    const before = await storedRun(transaction, runId);
    const replaced = (await checkpoints.get(header.id))?.bytes ?? 0;
    const after = { ...before, ...patch, bytes: before.bytes - replaced + header.bytes };
    await all([
      () => bytes.put(ownBytes(draft.tensors), header.id),
      () => checkpoints.put(header),
      () => runs.put(after),
      ...rows.map(
        ({ step, values }) =>
          () =>
            metrics.put({ runId, step, values }),
      ),
    ]);
    return after;
  });
  return { checkpoint: toCheckpointInfo(header), run: toInfo(run) };
}

/** The seal is about bytes; the settings still have to be ones that this version knows. */
function withUsableConfig(checkpoint: StoredCheckpoint): StoredCheckpoint {
  const { config, problems } = parseConfig(checkpoint.config);
  if (config) return { ...checkpoint, config };
  throw new CodedError(
    'other-settings',
    'This run used settings that this version of the page does not offer, so it cannot go on. ' +
      'It is kept as it is.',
    problems.map(({ field, message }) => `${field}: ${message}`).join(' '),
  );
}

async function loadCheckpoint(
  database: Database,
  runId: string,
  id?: string,
): Promise<LoadedCheckpoint> {
  const headers = await headersOf(database, runId);
  const candidates = id === undefined ? headers : headers.filter((header) => header.id === id);
  if (candidates.length === 0) {
    throw new CodedError('no-checkpoint', 'This run has no checkpoint to go on from.', id ?? runId);
  }
  const damaged: string[] = [];
  for (const header of candidates) {
    checkSchema(header, header.id);
    const tensors = await read(() => database.get('checkpointBytes', header.id));
    const checkpoint = unseal(header, tensors);
    if (checkpoint) return { checkpoint: withUsableConfig(checkpoint), damaged };
    damaged.push(header.id);
  }
  throw new CodedError(
    'damaged-checkpoint',
    id === undefined
      ? 'Every checkpoint of this run is damaged, so it cannot go on. Its metrics are kept. ' +
          'Start it again with the same recipe.'
      : 'This checkpoint is damaged. The others are kept: go on from one of them.',
    damaged.join(', '),
  );
}

function deleteRun(database: Database, runId: string): Promise<void> {
  return write(database, async (transaction) => {
    const checkpoints = transaction.objectStore('checkpoints');
    const bytes = transaction.objectStore('checkpointBytes');
    const ids = await checkpoints.index('runId').getAllKeys(runId);
    await all([
      ...ids.flatMap((id) => [() => checkpoints.delete(id), () => bytes.delete(id)]),
      () => transaction.objectStore('metrics').delete(metricsOf(runId)),
      () => transaction.objectStore('runs').delete(runId),
    ]);
  });
}

/** Tables that are kept, of at most a thousand rows each. */
const MOST_TABLES = 8;

const newestFirst = (tables: readonly OwnTable[]): OwnTable[] =>
  tables.toSorted((a, b) => b.usedAt - a.usedAt);

function saveTable(database: Database, table: OwnTable): Promise<void> {
  return write(database, async (transaction) => {
    const tables = transaction.objectStore('tables');
    await tables.put(table);
    const old = newestFirst(await tables.getAll()).slice(MOST_TABLES);
    await all(
      old.map(
        ({ hash }) =>
          () =>
            tables.delete(hash),
      ),
    );
  });
}

async function estimate(): Promise<{ used: number; quota: number } | null> {
  const { storage } = navigator as { storage?: StorageManager };
  const { usage, quota } = (await storage?.estimate()) ?? {};
  return usage === undefined || quota === undefined ? null : { used: usage, quota };
}

/** Opens (and creates, at first) the database; tests give it another name. */
export async function openStore(name = 'rft-playground'): Promise<RunStore> {
  const database = await openDatabase(name);
  return {
    ...wholeRunStore(database),
    createRun: (run) =>
      write(database, async (transaction) => {
        await transaction.objectStore('runs').add({ ...run, schemaVersion: SCHEMA_VERSION });
      }),
    async getRun(runId) {
      const run = await read(() => database.get('runs', runId));
      if (!run) throw noRun(runId);
      checkSchema(run, runId);
      return { ...toInfo(run), policyHash: run.policyHash };
    },
    saveCheckpoint: (draft, rows, patch) => saveCheckpoint(database, draft, rows, patch),
    loadCheckpoint: (runId, id) => loadCheckpoint(database, runId, id),
    async listRuns() {
      const runs = await read(() => database.getAll('runs'));
      return runs.map(toInfo).sort((a, b) => b.updatedAt - a.updatedAt);
    },
    listCheckpoints: async (runId) => (await headersOf(database, runId)).map(toCheckpointInfo),
    async metrics(runId) {
      const rows = await read(() => database.getAll('metrics', metricsOf(runId)));
      return rows.map(({ step, values }) => ({ step, values }));
    },
    deleteRun: (runId) => deleteRun(database, runId),
    renameRun: (runId, name) =>
      write(database, async (transaction) => {
        const run = await storedRun(transaction, runId);
        await transaction.objectStore('runs').put({ ...run, name });
      }),
    deviceCheck: async (key) => (await read(() => database.get('deviceChecks', key))) ?? null,
    saveDeviceCheck: (key, failing) =>
      write(database, async (transaction) => {
        await transaction.objectStore('deviceChecks').put([...failing], key);
      }),
    saveTable: (table) => saveTable(database, table),
    table: async (hash) => (await read(() => database.get('tables', hash))) ?? null,
    newestTable: async () => newestFirst(await read(() => database.getAll('tables')))[0] ?? null,
    estimate,
    async requestPersistence() {
      const { storage } = navigator as { storage?: StorageManager };
      return (await storage?.persist()) ?? false;
    },
    close: () => database.close(),
  };
}
