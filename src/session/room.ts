/**
 * Room in the browser's storage: when it runs short, and which checkpoints could make some. Only
 * proposals: the user removes. The newest checkpoint of a run is what it goes on from, and a pinned
 * one is wanted: neither is ever proposed. Whether the newest is whole is not known here; storage
 * refuses to remove what the run would go on from instead. Pure.
 */
import type { CheckpointInfo, RunInfo } from './protocol.ts';

/** Bytes of this site. */
export interface Room {
  used: number;
  quota: number;
}

/** Of the quota: above the one it is said that room runs short, the other is aimed at. */
const SHORT = 0.9;
const COMFORTABLE = 0.8;

/** Checkpoints that there should at least be room for. */
const SPARE = 8;

const biggest = (checkpoints: readonly CheckpointInfo[]): number =>
  Math.max(0, ...checkpoints.map(({ bytes }) => bytes));

export function isShort({ used, quota }: Room, checkpoints: readonly CheckpointInfo[]): boolean {
  return used > SHORT * quota || quota - used < (SPARE / 2) * biggest(checkpoints);
}

/** Those that could go, in the order given. */
export function removable(
  checkpoints: readonly CheckpointInfo[],
  runs: readonly RunInfo[],
): CheckpointInfo[] {
  const newest = new Map<string, number>();
  for (const { runId, step } of checkpoints) {
    newest.set(runId, Math.max(step, newest.get(runId) ?? 0));
  }
  const pins = new Map(runs.map(({ id, pins: steps }) => [id, steps]));
  return checkpoints.filter(
    ({ runId, step }) => step !== newest.get(runId) && !pins.get(runId)?.includes(step),
  );
}

/** As many of the first as make comfortable room; all where that is not enough. */
export function proposed(candidates: readonly CheckpointInfo[], room: Room | null): string[] {
  const spare = SPARE * biggest(candidates);
  const needed = Math.max(room ? room.used - COMFORTABLE * room.quota : 0, spare);
  let freed = 0;
  const ids: string[] = [];
  for (const { id, bytes } of candidates) {
    if (freed >= needed) break;
    ids.push(id);
    freed += bytes;
  }
  return ids;
}
