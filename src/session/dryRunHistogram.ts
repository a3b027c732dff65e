/**
 * Totals of a dry run sorted into bins, base policy beside gold answers. Bins are centred on round
 * numbers, so that totals of a few kinds (0, 0.1, 1) each stand at their own place.
 */

export interface Bin {
  /** The round number that the bin is centred on. */
  centre: number;
  /** Lower end, in the bin. */
  from: number;
  /** Upper end, in the last bin alone. */
  to: number;
  base: number;
  gold: number;
}

const MOST_BINS = 20;
/** Slack for a total that lies on an edge but for rounding, in bins. */
const SLACK = 1e-6;

/** The least of 1, 2, 5, 10 and 20 times a power of ten that gives few enough bins; 20 always does. */
function roundStep(low: number, high: number): number {
  const least = (high - low) / MOST_BINS;
  const power = 10 ** Math.floor(Math.log10(least));
  const steps = [1, 2, 5, 10, 20].map((times) => times * power);
  return steps.find((step) => place(high, step) - place(low, step) < MOST_BINS)!;
}

/** Which multiple of `step` a value is nearest to. */
const place = (value: number, step: number): number => Math.floor(value / step + 0.5 + SLACK);

/** A multiple of a step without the noise of floating point. */
const multiple = (times: number, step: number): number => Number((times * step).toPrecision(12));

function count(values: readonly number[], step: number): Map<number, number> {
  const counts = new Map<number, number>();
  for (const value of values) {
    const at = place(value, step);
    counts.set(at, (counts.get(at) ?? 0) + 1);
  }
  return counts;
}

/** At most 20 bins of one width over the range of all totals; one bin when all are the same. */
export function histogram(base: readonly number[], gold: readonly number[]): Bin[] {
  const all = [...base, ...gold];
  if (all.length === 0) return [];
  const low = Math.min(...all);
  const high = Math.max(...all);
  if (high - low < 1e-9) {
    return [{ centre: low, from: low, to: high, base: base.length, gold: gold.length }];
  }
  const step = roundStep(low, high);
  const first = place(low, step);
  const last = place(high, step);
  const counts = { base: count(base, step), gold: count(gold, step) };
  return Array.from({ length: last - first + 1 }, (_, i): Bin => {
    const at = first + i;
    return {
      centre: multiple(at, step),
      from: at === first ? low : multiple(at - 0.5, step),
      to: at === last ? high : multiple(at + 0.5, step),
      base: counts.base.get(at) ?? 0,
      gold: counts.gold.get(at) ?? 0,
    };
  });
}
