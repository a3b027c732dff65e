/**
 * Figures of a stretch of steps: means, and whether two stretches differ by more than chance
 * (Welch's t with a bar in place of a p-value: steps are few and not independent). Pure numbers.
 */
import type { StepMetrics } from '../protocol.ts';

export interface Stretch {
  mean: number;
  /** Square of the standard error of the mean. */
  error: number;
  count: number;
}

/** A metric's values in order; steps without it are left out. */
export function seriesOf(rows: readonly StepMetrics[], key: string): number[] {
  const series: number[] = [];
  for (const { values } of rows) {
    const value = values[key];
    if (value !== undefined) series.push(value);
  }
  return series;
}

/** Null of nothing. */
export function stretch(values: readonly number[]): Stretch | null {
  const count = values.length;
  if (count === 0) return null;
  const mean = values.reduce((sum, x) => sum + x, 0) / count;
  const squares = values.reduce((sum, x) => sum + (x - mean) ** 2, 0);
  return { mean, error: squares / Math.max(1, count - 1) / count, count };
}

/** In standard errors: two are seen by chance now and then, three hardly ever. */
export const CLEAR = 3;
export const LIKELY = 2;

/** True when `after` lies above `before` by more than `bar` standard errors of the difference. */
export const above = (after: Stretch, before: Stretch, bar = CLEAR): boolean =>
  after.mean - before.mean > bar * Math.sqrt(after.error + before.error);

/** The `size` steps next to each other with the highest mean; null when there are fewer. */
export function bestStretch(values: readonly number[], size: number): { first: number } | null {
  let sum = 0;
  let best = -Infinity;
  let first = -1;
  values.forEach((value, i) => {
    sum += value - (values[i - size] ?? 0);
    if (i + 1 < size || sum <= best) return;
    best = sum;
    first = i + 1 - size;
  });
  return first < 0 ? null : { first };
}
