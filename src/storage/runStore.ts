/**
 * The door to the stored runs: settings, metrics and checkpoints. The trainer writes, the page
 * lists, renames and deletes; both hold their own connection. A checkpoint, the metrics up to it
 * and the run's new state are written together or not at all, so a crash always leaves the last
 * good state.
 */
import type { CheckpointInfo, RunInfo, StepMetrics } from '../session/protocol.ts';
import type { CheckpointDraft, StoredCheckpoint } from './checkpointRecord.ts';
import * as checkpoints from './checkpoints.ts';
import type { LoadedCheckpoint, RunPatch, SavedCheckpoint } from './checkpoints.ts';
import { connect, type RunRecord } from './database.ts';
import * as records from './runRecords.ts';
import {
  deviceCheckStore,
  tableStore,
  type DeviceCheckStore,
  type TableStore,
} from './sideTables.ts';
import { wholeRunStore, type WholeRunStore } from './wholeRun.ts';

export type { CheckpointDraft, DeviceCheckStore, RunRecord, StoredCheckpoint, TableStore };

/**
 * Every method rejects with CodedError 'storage-full' or 'storage-unavailable' when the browser's
 * storage fails, 'no-run' when the run is not (or no longer) there, 'newer-schema' when a newer
 * version of the page wrote it.
 */
export interface RunStore extends DeviceCheckStore, TableStore, WholeRunStore {
  /** A new run, which this store may add to. */
  createRun(run: RunRecord): Promise<void>;
  getRun(runId: string): Promise<RunRecord>;
  /** From now on this store adds to the run, and what another would add is refused. */
  claimRun(runId: string): Promise<void>;
  /**
   * All in one transaction; a checkpoint of the same run and step is replaced. `record`: the run
   * itself, where it is new. Rejects with 'run-elsewhere' when another store has claimed the run.
   */
  saveCheckpoint(
    draft: CheckpointDraft,
    rows: readonly StepMetrics[],
    patch: RunPatch,
    record?: RunRecord,
  ): Promise<SavedCheckpoint>;
  /**
   * The newest whole checkpoint, or exactly `id`. Rejects with 'no-checkpoint' when there is none
   * and with 'damaged-checkpoint' when all (or the one asked for) are damaged.
   */
  loadCheckpoint(runId: string, id?: string): Promise<LoadedCheckpoint>;
  /** Last updated first. */
  listRuns(): Promise<RunInfo[]>;
  /** Newest first, without loading their bytes. */
  listCheckpoints(runId: string): Promise<CheckpointInfo[]>;
  /** Of all runs, oldest first. */
  listAllCheckpoints(): Promise<CheckpointInfo[]>;
  pinCheckpoint(which: Pick<CheckpointInfo, 'runId' | 'step'>, pinned: boolean): Promise<void>;
  /** All or none; 'kept-checkpoint' where one is pinned, or the newest or newest whole of its run. */
  deleteCheckpoints(ids: readonly string[]): Promise<void>;
  /** In order of steps, up to the step that the run is at. */
  metrics(runId: string): Promise<StepMetrics[]>;
  deleteRun(runId: string): Promise<void>;
  renameRun(runId: string, name: string): Promise<void>;
  /** Bytes of this site; null where the browser does not tell. */
  estimate(): Promise<{ used: number; quota: number } | null>;
  /** Whether the browser has agreed not to clear this site when room gets short; null: unknown. */
  isPersistent(): Promise<boolean | null>;
  /** Asks it to; true if it agrees. */
  requestPersistence(): Promise<boolean>;
  close(): void;
}

/** Missing where the page is not served securely. */
const manager = (): StorageManager | undefined =>
  (navigator as { storage?: StorageManager }).storage;

async function estimate(): Promise<{ used: number; quota: number } | null> {
  const { usage, quota } = (await manager()?.estimate()) ?? {};
  return usage === undefined || quota === undefined ? null : { used: usage, quota };
}

/** Names one opened store among all that ever were; no secret. */
const newWriter = (): string => crypto.getRandomValues(new Uint32Array(2)).join('-');

/** Opens (and creates, at first) the database; tests give it another name. */
export async function openStore(name = 'rft-playground'): Promise<RunStore> {
  const connection = await connect(name);
  const writer = newWriter();
  return {
    createRun: (run) => records.createRun(connection, run, writer),
    getRun: (runId) => records.getRun(connection, runId),
    claimRun: (runId) => records.changeRun(connection, runId, (run) => ({ ...run, writer })),
    saveCheckpoint: (draft, rows, patch, record) =>
      checkpoints.saveCheckpoint(connection, draft, rows, patch, writer, record),
    loadCheckpoint: (runId, id) => checkpoints.loadCheckpoint(connection, runId, id),
    listRuns: () => records.listRuns(connection),
    listCheckpoints: (runId) => checkpoints.listCheckpoints(connection, runId),
    listAllCheckpoints: () => checkpoints.listAllCheckpoints(connection),
    pinCheckpoint: (which, pinned) => checkpoints.pinCheckpoint(connection, which, pinned),
    deleteCheckpoints: (ids) => checkpoints.deleteCheckpoints(connection, ids),
    metrics: (runId) => records.metrics(connection, runId),
    deleteRun: (runId) => records.deleteRun(connection, runId),
    renameRun: (runId, newName) =>
      records.changeRun(connection, runId, (run) => ({ ...run, name: newName })),
    ...deviceCheckStore(connection),
    ...tableStore(connection),
    ...wholeRunStore(connection),
    estimate,
    isPersistent: async () => (await manager()?.persisted()) ?? null,
    requestPersistence: async () => (await manager()?.persist()) ?? false,
    close: () => connection.close(),
  };
}
