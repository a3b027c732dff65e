/** Where things stand in the histogram of totals: plain pixels, no drawing. */
import type { Bin } from '../../session/dryRunHistogram.ts';

export interface Bar {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface PlacedBin {
  bin: Bin;
  /** Middle of the bin. */
  x: number;
  /** Null where nothing falls in the bin. */
  base: Bar | null;
  gold: Bar | null;
  labelled: boolean;
}

export interface Tick {
  y: number;
  share: number;
}

export interface HistogramLayout {
  bins: PlacedBin[];
  ticks: Tick[];
  /** The plot without its labels. */
  left: number;
  right: number;
  bottom: number;
}

const MARGIN = { left: 46, right: 10, top: 22, bottom: 38 };
/** Pixels that a label needs, and that a bar is wide at most. */
const LABEL = 40;
const WIDEST = 34;
/** A bin with anything in it stays visible. */
const LEAST = 2;

/** Round shares from 0 to at least `most`, at most five of them. */
export function shareTicks(most: number): number[] {
  const step = [0.02, 0.05, 0.1, 0.2].find((one) => one * 4 >= most) ?? 0.25;
  const count = Math.max(1, Math.ceil(most / step - 1e-9));
  return Array.from({ length: count + 1 }, (_, i) => i * step);
}

/** Bars are shares of their own kind, for there are more samples than gold answers. */
export function layOut(bins: readonly Bin[], width: number, height: number): HistogramLayout {
  const totals = { base: 0, gold: 0 };
  for (const { base, gold } of bins) {
    totals.base += base;
    totals.gold += gold;
  }
  const shareOf = (bin: Bin, kind: 'base' | 'gold'): number =>
    bin[kind] / Math.max(1, totals[kind]);
  const shares = bins.flatMap((bin) => [shareOf(bin, 'base'), shareOf(bin, 'gold')]);
  const ticks = shareTicks(Math.max(0, ...shares));
  const [left, right] = [MARGIN.left, Math.max(MARGIN.left + 1, width - MARGIN.right)];
  const bottom = height - MARGIN.bottom;
  const scale = (bottom - MARGIN.top) / (ticks.at(-1) ?? 1);
  const pitch = (right - left) / Math.max(1, bins.length);
  const barWidth = Math.min(WIDEST, pitch * 0.42);
  const every = Math.ceil(LABEL / pitch);

  const bar = (share: number, x: number): Bar | null => {
    const tall = Math.max(LEAST, share * scale);
    return share === 0 ? null : { x, y: bottom - tall, width: barWidth, height: tall };
  };
  return {
    bins: bins.map((bin, i) => {
      const x = left + pitch * (i + 0.5);
      return {
        bin,
        x,
        base: bar(shareOf(bin, 'base'), x - barWidth),
        gold: bar(shareOf(bin, 'gold'), x),
        labelled: i % every === 0,
      };
    }),
    ticks: ticks.map((share) => ({ share, y: bottom - share * scale })),
    left,
    right,
    bottom,
  };
}
