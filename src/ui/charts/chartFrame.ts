/** What a chart shows at a moment, besides its lines: types and the choice of a row. Pure. */
import type { StepMetrics } from '../../session/protocol.ts';
import type { Range } from './chartRange.ts';

export interface ChartMarks {
  /** Steps at which the recipe changed, in the order of their numbers. */
  changes: readonly number[];
  checkpoints: readonly number[];
  pinned: number | null;
}

export interface ChartFrame {
  rows: readonly StepMetrics[];
  /** What a link claims of the same recipe, drawn behind the run. */
  claimed: readonly StepMetrics[];
  /** Steps in view. */
  range: Range;
  marks: ChartMarks;
}

/** A metric at a step, or the last one measured before it; null stands for the newest step. */
export function valueAt(
  rows: readonly StepMetrics[],
  key: string,
  step: number | null,
): number | undefined {
  const found = rows.findLast(
    (row) => row.values[key] !== undefined && (step === null || row.step <= step),
  );
  return found?.values[key];
}

/** The last step up to `step` at which any of the metrics was measured; null stands for the newest. */
export function measuredStep(
  rows: readonly StepMetrics[],
  keys: readonly string[],
  step: number | null,
): number | undefined {
  const found = rows.findLast(
    (row) => (step === null || row.step <= step) && keys.some((key) => key in row.values),
  );
  return found?.step;
}
