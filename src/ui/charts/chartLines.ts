/**
 * What is drawn for each series: the measured line, or with smoothing the measured one faintly
 * behind its average. What is measured now and then only (held-out accuracy) is never smoothed.
 * Pure; the canvas and the saved picture both draw from here.
 */
import type { StepMetrics } from '../../session/protocol.ts';
import type { ChartFrame } from './chartFrame.ts';
import { smooth, smoothings, type Smoothing } from '../../session/smoothing.ts';
import type { SeriesDef } from './chartTable.ts';

/** How strongly a measured line shows behind its average. */
const FAINT = 0.3;

export interface ChartLine extends SeriesDef {
  /** Share of the average kept from value to value; 0 is the measured line. */
  weight: number;
  alpha: number;
  width: number;
  /** Of the claimed run, not of the one that is shown. */
  claimed?: boolean;
}

/** The lines in the order in which they are drawn. */
export function chartLines(series: readonly SeriesDef[], smoothing: Smoothing): ChartLine[] {
  const lines = series.map((one, n) => ({
    ...one,
    weight: one.sparse ? 0 : smoothings[smoothing],
    alpha: 1,
    width: n === 0 ? 2.25 : 1.5,
  }));
  const behind = lines
    .filter(({ weight }) => weight > 0)
    .map((one) => ({ ...one, weight: 0, alpha: FAINT, width: 1.5 }));
  return [...behind, ...lines];
}

/** The claimed values of a chart's series, wide and dimmed, to be drawn first. */
export function claimedLines(
  series: readonly SeriesDef[],
  claimed: readonly StepMetrics[],
): ChartLine[] {
  return series
    .filter(({ key }) => claimed.some(({ values }) => values[key] !== undefined))
    .map((one) => ({
      ...one,
      ...{ sparse: true, weight: 0, alpha: FAINT, width: 5, claimed: true },
    }));
}

/** The steps to draw, and each line's value there; both lists of rows are in order of steps. */
export function chartColumns(
  { rows, claimed }: Pick<ChartFrame, 'rows' | 'claimed'>,
  lines: readonly ChartLine[],
): [steps: number[], ...columns: (number | null)[][]] {
  if (claimed.length === 0) {
    return [rows.map(({ step }) => step), ...lines.map((one) => lineValues(rows, one))];
  }
  const steps = [...new Set([...rows, ...claimed].map(({ step }) => step))].sort((a, b) => a - b);
  const at = (source: readonly StepMetrics[]): readonly StepMetrics[] => {
    const found = new Map(source.map((row) => [row.step, row]));
    return steps.map((step) => found.get(step) ?? { step, values: {} });
  };
  const [own, others] = [at(rows), at(claimed)];
  return [steps, ...lines.map((one) => lineValues(one.claimed ? others : own, one))];
}

/** A line's value at each row; null where none was measured. */
export function lineValues(
  rows: readonly StepMetrics[],
  { key, weight }: Pick<ChartLine, 'key' | 'weight'>,
): (number | null)[] {
  return smooth(
    rows.map(({ values }) => values[key] ?? null),
    weight,
  );
}
