/** What is proposed for removal when room runs short, and what never is. */
import { expect, test } from 'vitest';
import type { CheckpointInfo, RunInfo } from '../../src/session/protocol.ts';
import { isShort, proposed, removable } from '../../src/session/room.ts';

const MB = 1e6;

const checkpoint = (runId: string, step: number, bytes = MB): CheckpointInfo => ({
  ...{ id: `${runId}:${step}`, runId, step, bytes },
  reason: 'interval',
  createdAt: step,
});

const idsOf = (list: readonly CheckpointInfo[]) => list.map(({ id }) => id);

test('the newest of each run and the pinned ones are never proposed', () => {
  const all = [10, 20, 30].flatMap((step) => [checkpoint('a', step), checkpoint('b', step)]);
  const runs = [{ id: 'a', pins: [10] } as unknown as RunInfo, { id: 'b' } as unknown as RunInfo];
  expect(idsOf(removable(all, runs))).toEqual(['b:10', 'a:20', 'b:20']);
  expect(removable([checkpoint('a', 10)], runs)).toEqual([]);
});

test('room is short near the quota, and where few checkpoints still fit', () => {
  const room = { used: 80 * MB, quota: 100 * MB };
  expect(isShort(room, [checkpoint('a', 1)])).toBe(false);
  expect(isShort({ ...room, used: 91 * MB }, [])).toBe(true);
  expect(isShort(room, [checkpoint('a', 1, 6 * MB)])).toBe(true);
});

test('as many of the oldest are proposed as make room, and no more', () => {
  const candidates = Array.from({ length: 30 }, (_, i) => checkpoint('a', i));
  expect(proposed(candidates, { used: 90 * MB, quota: 100 * MB })).toEqual(
    idsOf(candidates.slice(0, 10)),
  );
  // Nothing known of the quota, or a disk that is full before it: room for eight of them.
  expect(proposed(candidates, null)).toHaveLength(8);
  expect(proposed(candidates, { used: MB, quota: 100 * MB })).toHaveLength(8);
  expect(proposed(candidates.slice(0, 3), { used: 99 * MB, quota: 100 * MB })).toHaveLength(3);
  expect(proposed([], null)).toEqual([]);
});
