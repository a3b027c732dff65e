/**
 * Arithmetic that misses by a little, for pretraining text: the wrong numbers a careless writer
 * would put down. No reward ever uses it.
 */
import { firstFit, pick } from './chance.ts';
import type { Draw } from './task.ts';

const NEAR = [1, 2, 3, 9, 10].flatMap((off) => [off, -off]);

/** A number that misses `value` by 1, 2, 3, 9 or 10 and that `fits` accepts. */
export function nearMiss(value: number, draw: Draw, fits: (near: number) => boolean): number {
  return firstFit(() => {
    const near = value + pick(draw, NEAR);
    return fits(near) ? near : null;
  });
}
