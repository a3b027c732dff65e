/**
 * Which curves are laid over one another, and how their lines look. Words for the metrics come from
 * `metricTable`; drawing is `overlayChart.ts`. Colour and dash pattern go together, so that colour
 * is never the only sign.
 */
import type { BandPoint, SeedBand } from '../../session/seedBands.ts';
import { bandPoints } from '../../session/seedBands.ts';

export interface OverlayDef {
  /** Key of the metric. */
  key: string;
  title: string;
  /** Lowest upper end of the y axis. */
  atLeast: number;
  /** True when the y axis is a share in [0, 1]. */
  share: boolean;
}

export interface OverlayLine {
  id: string;
  label: string;
  colour: string;
  /** Canvas dash pattern in pixels; empty is a solid line. */
  dash: readonly number[];
  points: readonly BandPoint[];
}

export const heldOut: OverlayDef = {
  key: 'eval_greedy',
  title: 'Held-out accuracy, greedy',
  atLeast: 1,
  share: true,
};

export const overlays: readonly OverlayDef[] = [
  heldOut,
  { key: 'reward', title: 'Reward in training', atLeast: 1, share: false },
  { key: 'entropy', title: 'Entropy', atLeast: 0.5, share: false },
  { key: 'completions/mean_length', title: 'Completion length', atLeast: 4, share: false },
];

const COLOURS = ['--series-1', '--series-2', '--series-3', '--series-4'] as const;
const DASHES: readonly (readonly number[])[] = [[], [6, 4], [2, 3], [10, 3, 2, 3]];

/** The look of the n-th line; 16 differ. */
export function look(n: number): Pick<OverlayLine, 'colour' | 'dash'> {
  return {
    colour: COLOURS[n % COLOURS.length]!,
    dash: DASHES[(n + Math.floor(n / COLOURS.length)) % DASHES.length]!,
  };
}

/** A line for each band, with a metric over its seeds. */
export const bandLines = (bands: readonly SeedBand[], key: string): OverlayLine[] =>
  bands.map(({ id, label, runs }, n) => ({
    id,
    label,
    ...look(n),
    points: bandPoints(
      runs.map(({ rows }) => rows),
      key,
    ),
  }));

/** The newest point at `x` or before it; the last of all where `x` is null. */
export function pointAt({ points }: OverlayLine, x: number | null): BandPoint | undefined {
  return x === null ? points.at(-1) : points.findLast((point) => point.x <= x);
}
