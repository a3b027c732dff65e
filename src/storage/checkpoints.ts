/**
 * The stored checkpoints: written with their run's new state and metrics or not at all, loaded only
 * with a whole seal, pinned, and removed when the user asks. The newest of a run, and the newest whole
 * one, is what it goes on from, so it leaves only with the run.
 */
import { CodedError } from '../../models/errors.ts';
import { parseConfig } from '../rft/config.ts';
import type { CheckpointInfo, RunInfo, StepMetrics } from '../session/protocol.ts';
import {
  seal,
  unseal,
  type CheckpointDraft,
  type CheckpointHeader,
  type StoredCheckpoint,
} from './checkpointRecord.ts';
import {
  all,
  read,
  write,
  type Connection,
  type RunRecord,
  type StoredRun,
  type Writing,
} from './database.ts';
import { changeRun, checkSchema, newRun, storedRun, toInfo } from './runRecords.ts';

/** What a checkpoint changes in its run; recipe and device where they changed on the way. */
export type RunPatch = Pick<RunInfo, 'step' | 'finished' | 'evalGreedy' | 'updatedAt'> &
  Partial<Pick<RunInfo, 'config' | 'backend'>>;

export interface LoadedCheckpoint {
  checkpoint: StoredCheckpoint;
  /** Ids of newer checkpoints that were passed over because their seal is broken. */
  damaged: string[];
}

export interface SavedCheckpoint {
  checkpoint: CheckpointInfo;
  run: RunInfo;
}

function toCheckpointInfo(header: CheckpointHeader): CheckpointInfo {
  const { id, runId, step, reason, bytes, createdAt } = header;
  return { id, runId, step, reason, bytes, createdAt };
}

/** A view into a larger buffer would be stored with all of that buffer. */
const ownBytes = (bytes: Uint8Array): Uint8Array =>
  bytes.length === bytes.buffer.byteLength ? bytes : bytes.slice();

const newestFirst = (headers: readonly CheckpointHeader[]): CheckpointHeader[] =>
  [...headers].sort((a, b) => b.step - a.step);

async function headersOf(connection: Connection, runId: string): Promise<CheckpointHeader[]> {
  const headers = await read(connection, (database) =>
    database.getAllFromIndex('checkpoints', 'runId', runId),
  );
  return newestFirst(headers);
}

/** Newest first, without loading their bytes. */
export const listCheckpoints = async (
  connection: Connection,
  runId: string,
): Promise<CheckpointInfo[]> => (await headersOf(connection, runId)).map(toCheckpointInfo);

/** Of all runs, oldest first. */
export async function listAllCheckpoints(connection: Connection): Promise<CheckpointInfo[]> {
  const headers = await read(connection, (database) => database.getAll('checkpoints'));
  return headers.map(toCheckpointInfo).sort((a, b) => a.createdAt - b.createdAt);
}

/** Two tabs that both went on with a run would mix their steps; the later one has it. */
function checkWriter({ id, writer: owner }: StoredRun, writer: string): void {
  if (owner === undefined || owner === writer) return;
  throw new CodedError(
    'run-elsewhere',
    'Another tab has gone on with this run, so this tab adds nothing more to it.',
    id,
  );
}

const sizeOf = (headers: readonly CheckpointHeader[]): number =>
  headers.reduce((sum, { bytes }) => sum + bytes, 0);

/**
 * `writer`: which store saves it; `record`: the run, where it is to be stored with its first
 * checkpoint.
 */
export async function saveCheckpoint(
  connection: Connection,
  draft: CheckpointDraft,
  rows: readonly StepMetrics[],
  patch: RunPatch,
  writer: string,
  record?: RunRecord,
): Promise<SavedCheckpoint> {
  const { runId } = draft;
  const header = seal(draft);
  const run = await write(connection, async (transaction) => {
    const runs = transaction.objectStore('runs');
    const metrics = transaction.objectStore('metrics');
    const checkpoints = transaction.objectStore('checkpoints');
    const bytes = transaction.objectStore('checkpointBytes');
    const before = record ? newRun(record, writer) : await storedRun(transaction, runId);
    checkWriter(before, writer);
    const others = await checkpoints.index('runId').getAll(runId);
    const kept = others.filter(({ id }) => id !== header.id);
    const after = { ...before, ...patch, bytes: sizeOf([...kept, header]) };
    await all([
      () => bytes.put(ownBytes(draft.tensors), header.id),
      () => checkpoints.put(header),
      () => (record ? runs.add(after) : runs.put(after)), // never over one that is there
      ...rows.map((row) => () => metrics.put({ runId, ...row })),
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

/** Why none of the checkpoints that were looked at will do. */
function noneWhole(runId: string, id: string | undefined, damaged: readonly string[]): CodedError {
  if (damaged.length === 0) {
    const message = 'This run has no checkpoint to go on from.';
    return new CodedError('no-checkpoint', message, id ?? runId);
  }
  return new CodedError(
    'damaged-checkpoint',
    id === undefined
      ? 'Every checkpoint of this run is damaged, so it cannot go on. Its metrics are kept. ' +
          'Start it again with the same recipe.'
      : 'This checkpoint is damaged. The others are kept: go on from one of them.',
    damaged.join(', '),
  );
}

/** The newest whole one, or exactly `id`. */
export async function loadCheckpoint(
  connection: Connection,
  runId: string,
  id?: string,
): Promise<LoadedCheckpoint> {
  const damaged: string[] = [];
  // One transaction: another tab may be replacing a checkpoint, header and bytes.
  const checkpoint = await read(connection, async (database) => {
    damaged.length = 0; // the request may be made a second time
    const transaction = database.transaction(['checkpoints', 'checkpointBytes'], 'readonly');
    const headers = await transaction.objectStore('checkpoints').index('runId').getAll(runId);
    for (const header of newestFirst(headers)) {
      if (id !== undefined && header.id !== id) continue;
      checkSchema(header, header.id);
      const tensors = await transaction.objectStore('checkpointBytes').get(header.id);
      const whole = unseal(header, tensors);
      if (whole) return whole;
      damaged.push(header.id);
    }
    return null;
  });
  if (!checkpoint) throw noneWhole(runId, id, damaged);
  return { checkpoint: withUsableConfig(checkpoint), damaged };
}

/** Keeps a checkpoint from being offered for removal, or no longer does. */
export const pinCheckpoint = (
  connection: Connection,
  { runId, step }: Pick<CheckpointInfo, 'runId' | 'step'>,
  pinned: boolean,
): Promise<void> =>
  changeRun(connection, runId, (run) => {
    const others = (run.pins ?? []).filter((one) => one !== step);
    return { ...run, pins: pinned ? [...others, step].sort((a, b) => a - b) : others };
  });

const keptCheckpoint = (message: string, id: string): CodedError =>
  new CodedError('kept-checkpoint', `${message} Nothing was removed.`, id);

type IsWhole = (header: CheckpointHeader) => Promise<boolean>;

/** Whether a checkpoint's seal holds; each is looked at once, since that takes a while. */
function sealsIn(transaction: Writing): IsWhole {
  const known = new Map<string, boolean>();
  return async (header) => {
    const before = known.get(header.id);
    if (before !== undefined) return before;
    const tensors = await transaction.objectStore('checkpointBytes').get(header.id);
    const isWhole = unseal(header, tensors) !== null;
    known.set(header.id, isWhole);
    return isWhole;
  };
}

/** Gives the id of its run; null where another tab was first. */
async function removeOne(
  transaction: Writing,
  id: string,
  isWhole: IsWhole,
): Promise<string | null> {
  const checkpoints = transaction.objectStore('checkpoints');
  const header = await checkpoints.get(id);
  if (!header) return null;
  const run = await storedRun(transaction, header.runId);
  const siblings = await checkpoints.index('runId').getAll(header.runId);
  const newer = newestFirst(siblings).filter(({ step }) => step > header.step);
  if (newer.length === 0 || run.pins?.includes(header.step)) {
    throw keptCheckpoint(
      'A checkpoint that is pinned, or the newest of its run, is not removed.',
      id,
    );
  }
  let canGoOn = false;
  for (const sibling of newer) canGoOn ||= await isWhole(sibling);
  if (!canGoOn) {
    throw keptCheckpoint(
      `What is newer than the checkpoint of step ${header.step} of “${run.name}” is damaged, so ` +
        'that one is kept.',
      id,
    );
  }
  await all([
    () => checkpoints.delete(id),
    () => transaction.objectStore('checkpointBytes').delete(id),
  ]);
  return run.id;
}

async function countAnew(transaction: Writing, runId: string): Promise<void> {
  const run = await storedRun(transaction, runId);
  const headers = await transaction.objectStore('checkpoints').index('runId').getAll(runId);
  await transaction.objectStore('runs').put({ ...run, bytes: sizeOf(headers) });
}

/** All of them or, where one must stay, none ('kept-checkpoint'). */
export async function deleteCheckpoints(
  connection: Connection,
  ids: readonly string[],
): Promise<void> {
  // Nothing is written here: on a full disk Chromium would refuse the removal with it.
  const touched = await write(connection, async (transaction) => {
    const runIds: (string | null)[] = [];
    const isWhole = sealsIn(transaction);
    for (const id of ids) runIds.push(await removeOne(transaction, id, isWhole));
    return new Set(runIds.filter((runId) => runId !== null));
  });
  try {
    await write(connection, async (transaction) => {
      for (const runId of touched) await countAnew(transaction, runId);
    });
  } catch (error) {
    // Still full: the size is put right with the run's next checkpoint.
    if (!(error instanceof CodedError && error.code === 'storage-full')) throw error;
  }
}
