/** A run store in memory, for Node: the same records and seals as in the browser, kept nowhere. */
import { CodedError } from '../models/errors.ts';
import { seal, unseal, type CheckpointHeader } from '../src/storage/checkpointRecord.ts';
import type { RunRecord } from '../src/storage/runStore.ts';
import type { CheckpointInfo, StepMetrics } from '../src/session/protocol.ts';
import type { PackedRollouts } from '../src/storage/database.ts';
import { runChanged, type WholeRunStore } from '../src/storage/wholeRun.ts';
import type { TrainerStore } from './activeRun.ts';

interface Sealed {
  header: CheckpointHeader;
  tensors: Uint8Array;
}

interface Kept {
  record: RunRecord;
  rows: StepMetrics[];
  /** By id. */
  checkpoints: Map<string, Sealed>;
  rollouts: PackedRollouts | null;
}

export function createMemoryStore(): TrainerStore & WholeRunStore {
  const runs = new Map<string, Kept>();
  const deviceChecks = new Map<string, string[]>();
  const keptRun = (runId: string): Kept => {
    const kept = runs.get(runId);
    if (!kept) throw new CodedError('no-run', 'This run is not known here.', runId);
    return kept;
  };
  const create = (record: RunRecord): void => {
    runs.set(record.id, { record, rows: [], checkpoints: new Map(), rollouts: null });
  };
  return {
    createRun(record) {
      create(record);
      return Promise.resolve();
    },
    getRun: (runId) => Promise.resolve(keptRun(runId).record),
    claimRun: () => Promise.resolve(), // nobody else can reach it
    saveCheckpoint(draft, rows, patch, record) {
      if (record) create(record);
      const kept = keptRun(draft.runId);
      const header = seal(draft);
      const { id, runId, step, reason, bytes, createdAt } = header;
      kept.checkpoints.set(id, { header, tensors: draft.tensors });
      const replaced = new Set(rows.map((row) => row.step));
      const others = kept.rows.filter((row) => !replaced.has(row.step));
      kept.rows = [...others, ...rows].sort((a, b) => a.step - b.step);
      const total = [...kept.checkpoints.values()].reduce((sum, c) => sum + c.header.bytes, 0);
      kept.record = { ...kept.record, ...patch, bytes: total };
      const checkpoint: CheckpointInfo = { id, runId, step, reason, bytes, createdAt };
      return Promise.resolve({ checkpoint, run: kept.record });
    },
    loadCheckpoint(runId, id) {
      const { checkpoints } = keptRun(runId);
      const inOrder = [...checkpoints.values()].sort((a, b) => a.header.step - b.header.step);
      const found = id === undefined ? inOrder.at(-1) : checkpoints.get(id);
      const checkpoint = found && unseal(found.header, found.tensors);
      if (!checkpoint) {
        throw new CodedError('no-checkpoint', 'This run has no checkpoint to go on from.', runId);
      }
      return Promise.resolve({ checkpoint, damaged: [] });
    },
    metrics: (runId) => Promise.resolve(keptRun(runId).rows),
    wholeRun(runId) {
      const kept = runs.get(runId);
      if (!kept) return Promise.resolve(null);
      const headers = [...kept.checkpoints.values()].map(({ header }) => header);
      headers.sort((a, b) => a.step - b.step);
      return Promise.resolve({ run: kept.record, rows: kept.rows, headers });
    },
    sealedTensors(header) {
      const kept = keptRun(header.runId).checkpoints.get(header.id);
      if (kept && kept.header.checksum !== header.checksum) throw runChanged(header.id);
      return Promise.resolve(unseal(header, kept?.tensors)?.tensors ?? null);
    },
    packedRollouts: (runId) => Promise.resolve(runs.get(runId)?.rollouts ?? null),
    putWholeRun({ run, rows, headers }, tensors, rollouts) {
      if (runs.has(run.id)) throw new CodedError('run-exists', 'This run is known here.', run.id);
      const checkpoints = new Map(
        headers.map((header) => [header.id, { header, tensors: tensors.get(header.id)! }]),
      );
      runs.set(run.id, { record: run, rows: [...rows], checkpoints, rollouts });
      return Promise.resolve();
    },
    deviceCheck: (key) => Promise.resolve(deviceChecks.get(key) ?? null),
    saveDeviceCheck(key, failing) {
      deviceChecks.set(key, [...failing]);
      return Promise.resolve();
    },
  };
}
