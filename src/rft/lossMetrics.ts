/**
 * The vectors that the micro-batches of an update leave behind, as metrics under TRL's names.
 * Plain numbers: a mean over tokens counts each token once, a mean over completions each
 * completion once, rows that only fill up a micro-batch in neither.
 */
import { lossEntry, type LossType, type RatioLevel, type Watch } from './lossTable.ts';

/** One micro-batch: its loss and `lossSums`, in this order, with its rows' token counts. */
export interface PartSums {
  values: ArrayLike<number>;
  /** Tokens of each row; 0 for a row that only fills up. */
  lengths: readonly number[];
}

export interface UpdateSums {
  loss: number;
  /** Sums over tokens. */
  kl: number;
  entropy: number;
  /** `clip_ratio/…` and the like; empty where the loss has none. */
  watched: Record<string, number>;
}

interface Row {
  value: number;
  tokens: number;
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** Values before the first watch: loss, KL, entropy. */
const FIXED = 3;

function rowsOf(parts: readonly PartSums[], place: number): Row[] {
  return parts.flatMap(({ values, lengths }) =>
    lengths.flatMap((tokens, row) =>
      tokens > 0 ? [{ value: values[FIXED + place * lengths.length + row] ?? NaN, tokens }] : [],
    ),
  );
}

interface Statistics {
  mean: number;
  /** Of the rows' own means. */
  min: number;
  max: number;
}

/** Of what was counted per token, or per row where the ratio is the row's. */
function statisticsOf(rows: readonly Row[], perToken: boolean): Statistics {
  const weights = rows.map(({ tokens }) => (perToken ? tokens : 1));
  const means = rows.map(({ value }, i) => value / weights[i]!);
  const mean = sum(rows.map(({ value }) => value)) / sum(weights);
  return { mean, min: Math.min(...means), max: Math.max(...means) };
}

const nothing: Statistics = { mean: 0, min: 0, max: 0 };

/** The clip metrics of a loss; all 0 on-policy, where nothing is read back for them. */
function watchedMetrics(
  lossType: LossType,
  of: (watch: Watch) => Statistics | null,
): Record<string, number> {
  const { watches, clips } = lossEntry(lossType);
  if (clips) {
    const low = of('low') ?? nothing;
    const high = of('high') ?? nothing;
    return {
      'clip_ratio/low_mean': low.mean,
      'clip_ratio/low_min': low.min,
      'clip_ratio/high_mean': high.mean,
      'clip_ratio/high_max': high.max,
      'clip_ratio/region_mean': low.mean + high.mean,
    };
  }
  if (watches.includes('high')) return { cispo_clip_ratio: (of('high') ?? nothing).mean };
  // φ is 1 where the ratio is.
  if (watches.includes('phi')) return { 'vespo/phi_seq_mean': of('phi')?.mean ?? 1 };
  return {};
}

/** The loss's own metrics of a step that made no update. */
export const noWatches = (lossType: LossType): Record<string, number> =>
  watchedMetrics(lossType, () => null);

/** @param onPolicy true when the parts hold no watches. */
export function lossMetrics(
  parts: readonly PartSums[],
  lossType: LossType,
  level: RatioLevel,
  onPolicy: boolean,
): UpdateSums {
  const { watches } = lossEntry(lossType);
  const total = (place: number): number => sum(parts.map(({ values }) => values[place] ?? NaN));
  const statistics = (watch: Watch): Statistics | null => {
    const place = watches.indexOf(watch);
    if (onPolicy || place < 0) return null;
    return statisticsOf(rowsOf(parts, place), watch !== 'phi' && level === 'token');
  };
  return {
    loss: total(0),
    kl: total(1),
    entropy: total(2),
    watched: watchedMetrics(lossType, statistics),
  };
}
