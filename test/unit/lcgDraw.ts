/** A small seeded `Draw` for tests of tasks: a 64-bit linear congruential generator, high bits used. */
import type { Draw } from '../../src/tasks/task.ts';

export function lcgDraw(seed: number): Draw {
  let state = BigInt.asUintN(64, BigInt(seed) * 0x9e3779b97f4a7c15n + 1n);
  return (below) => {
    state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n);
    return Number(((state >> 32n) * BigInt(below)) >> 32n);
  };
}
