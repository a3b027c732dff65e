/** Metric rows in order of steps, one row a step. Pure functions. */
import type { StepMetrics } from './protocol.ts';

/** Adds rows (themselves in order); a step that comes again replaces the older row. */
export function mergeRows(
  older: readonly StepMetrics[],
  newer: readonly StepMetrics[],
): readonly StepMetrics[] {
  const first = newer[0];
  if (first === undefined) return older;
  if (older.every((row) => row.step < first.step)) return [...older, ...newer];
  const rows = new Map([...older, ...newer].map((row) => [row.step, row]));
  return [...rows.values()].sort((a, b) => a.step - b.step);
}
