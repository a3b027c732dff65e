/**
 * Which curves are laid over one another, and how their lines look. Words for the metrics come from
 * `metricTable`; drawing is `overlayChart.ts`. Colour and dash pattern go together, so that colour
 * is never the only sign.
 */
import type { Method } from '../../rft/configTable.ts';
import type { BandPoint, SeedBand } from '../../session/seedBands.ts';
import { bandPoints } from '../../session/seedBands.ts';
import { moment } from '../runLabel.ts';

export interface OverlayDef {
  /** Key of the metric. */
  key: string;
  title: string;
  /** Lowest upper end of the y axis. */
  atLeast: number;
  /** True when the y axis is a share in [0, 1]. */
  share: boolean;
  /** What it is where it is measured on the step's samples: a run that samples none has none. */
  ofSamples?: string;
}

export interface OverlayLine {
  id: string;
  label: string;
  colour: string;
  /** Canvas dash pattern in pixels; empty is a solid line. */
  dash: readonly number[];
  points: readonly BandPoint[];
  /** Why it has no points, where it never will have any. */
  silence?: string;
}

export const heldOut: OverlayDef = {
  key: 'eval_greedy',
  title: 'Held-out accuracy, greedy',
  atLeast: 1,
  share: true,
};

export const overlays: readonly OverlayDef[] = [
  heldOut,
  { key: 'reward', title: 'Reward in training', atLeast: 1, share: false, ofSamples: 'reward' },
  { key: 'entropy', title: 'Entropy', atLeast: 0.5, share: false, ofSamples: 'entropy' },
  {
    key: 'completions/mean_length',
    title: 'Completion length',
    atLeast: 4,
    share: false,
    ofSamples: 'length',
  },
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

/** The look that the first line of each method has on every chart. */
const LOOK_OF: Record<Method, number> = { rft: 0, sft: 1, rejection: 2 };

/** A look for each line: its method's own for the first of a method, the first free one for others. */
export function looksOf(methods: readonly Method[]): Pick<OverlayLine, 'colour' | 'dash'>[] {
  const taken = new Set(methods.map((method) => LOOK_OF[method]));
  return methods.map((method, n) => {
    if (methods.indexOf(method) === n) return look(LOOK_OF[method]);
    let free = 0;
    while (taken.has(free)) free += 1;
    taken.add(free);
    return look(free);
  });
}

/** A single run by its time too: runs of one name are common. */
const labelOf = ({ label, runs: [first, ...others] }: SeedBand): string =>
  first && others.length === 0 ? `${label}, ${moment(first.run.updatedAt, Date.now())}` : label;

const methodOf = ({ runs }: SeedBand): Method => runs[0]?.run.config.method ?? 'rft';

/** A line for each band, with a metric over its seeds. */
export function bandLines(bands: readonly SeedBand[], def: OverlayDef): OverlayLine[] {
  const looks = looksOf(bands.map(methodOf));
  return bands.map((band, n) => ({
    id: band.id,
    label: labelOf(band),
    ...looks[n]!,
    points: bandPoints(
      band.runs.map(({ rows }) => rows),
      def.key,
    ),
    ...(methodOf(band) === 'sft' && def.ofSamples
      ? { silence: `SFT samples nothing, so it has no ${def.ofSamples}` }
      : {}),
  }));
}

/** The newest point at `x` or before it; the last of all where `x` is null. */
export function pointAt({ points }: OverlayLine, x: number | null): BandPoint | undefined {
  return x === null ? points.at(-1) : points.findLast((point) => point.x <= x);
}
