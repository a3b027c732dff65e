/**
 * Small helpers over `Draw`: a coin, a choice, an order, and drawing again until something fits.
 * They keep no state; what they draw depends on the given draw alone.
 */
import type { Draw } from './task.ts';

const RESOLUTION = 2 ** 24;
const MOST_TRIES = 100_000;

/** The six orders of three things, as indices. */
export const ORDERS_OF_THREE = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
] as const;

/** True with probability `p` in [0, 1], to within 2^-24. */
export function chance(draw: Draw, p: number): boolean {
  return draw(RESOLUTION) < p * RESOLUTION;
}

/** One of `items`, each as likely as the others. `items` must not be empty. */
export function pick<T>(draw: Draw, items: readonly T[]): T {
  return items[draw(items.length)]!;
}

/** Index of one of `shares` (probabilities), or `shares.length` with what is left of 1. */
export function pickShare(draw: Draw, shares: readonly number[]): number {
  const at = draw(RESOLUTION) / RESOLUTION;
  let sum = 0;
  const found = shares.findIndex((share) => at < (sum += share));
  return found < 0 ? shares.length : found;
}

/** The first thing `make` returns that is not null; throws when the draw never lets it fit. */
export function firstFit<T>(make: () => T | null): T {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const made = make();
    if (made !== null) return made;
  }
  throw new Error(`internal: nothing fitted in ${MOST_TRIES} draws`);
}
