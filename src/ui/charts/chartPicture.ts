/**
 * A chart as plain data, ready to be written as a picture: what is on screen (zoom, smoothing,
 * marks, what a link claims), with its words and its colours resolved. Pure; `chartSvg.ts` writes
 * it.
 */
import { metricInfo } from '../../session/metricTable.ts';
import { metric } from '../format.ts';
import { measuredStep, valueAt, type ChartFrame, type ChartMarks } from './chartFrame.ts';
import { lineValues, type ChartLine } from './chartLines.ts';
import { valueRange, type Range } from './chartRange.ts';
import type { ChartDef } from './chartTable.ts';

export interface PictureAxis {
  range: Range;
  share: boolean;
}

export interface PictureLine {
  colour: string;
  dash: readonly number[];
  width: number;
  alpha: number;
  axis: 'left' | 'right';
  /** Draws its points, and joins them over gaps. */
  sparse: boolean;
  points: readonly (readonly [step: number, value: number | null])[];
}

export interface LegendEntry {
  colour: string;
  dash: readonly number[];
  width: number;
  alpha: number;
  /** "total 0.93", "truncated (right) 12 %". */
  text: string;
}

export interface Picture {
  title: string;
  /** "nats · step 12 · strong smoothing", or empty. */
  note: string;
  steps: Range;
  left: PictureAxis;
  right: PictureAxis | null;
  lines: readonly PictureLine[];
  legend: readonly LegendEntry[];
  marks: ChartMarks;
  colours: PictureColours;
}

export const pictureColours = ['panel', 'ink', 'ink-soft', 'line', 'warn'] as const;
export type PictureColours = Record<(typeof pictureColours)[number], string>;

export interface PictureInput {
  def: ChartDef;
  lines: readonly ChartLine[];
  frame: ChartFrame;
  /** The value of a custom property, `--series-1` say. */
  colour: (name: string) => string;
  /** Whether and how lines are smoothed, in words; empty when not. */
  smoothed: string;
}

function pictureLine(line: ChartLine, { frame, colour }: PictureInput): PictureLine {
  const [from, to] = frame.range;
  const rows = line.claimed ? frame.claimed : frame.rows;
  const values = lineValues(rows, line);
  const points = rows
    .map(({ step }, i) => [step, values[i] ?? null] as const)
    .filter(([step]) => step >= from && step <= to);
  const { dash, width, alpha, axis, sparse } = line;
  return { colour: colour(line.colour), dash, width, alpha, axis, sparse, points };
}

/** From the values in view, as on screen. */
function leftAxis(lines: readonly PictureLine[], def: ChartDef): PictureAxis {
  const values = lines
    .filter(({ axis }) => axis === 'left')
    .flatMap(({ points }) => points.flatMap(([, value]) => (value === null ? [] : [value])));
  const least = values.reduce((a, b) => Math.min(a, b), Infinity);
  const most = values.reduce((a, b) => Math.max(a, b), -Infinity);
  const range = values.length === 0 ? valueRange(null, null, def) : valueRange(least, most, def);
  return { range, share: def.share };
}

/** The run's own lines with their values, then in one entry the claimed ones. */
function legendOf({ lines, frame, colour }: PictureInput): LegendEntry[] {
  const own = lines.filter(({ alpha }) => alpha === 1);
  const claimed = lines.filter((line) => line.claimed).slice(0, 1);
  const entry = (line: ChartLine, text: string): LegendEntry => {
    const { dash, width, alpha } = line;
    return { colour: colour(line.colour), dash, width, alpha, text };
  };
  return [
    ...own.map((line) => {
      const { label, format } = metricInfo(line.key);
      const value = metric(format, valueAt(frame.rows, line.key, frame.marks.pinned));
      const where = line.axis === 'right' ? ' (right)' : '';
      return { ...entry(line, `${label}${where} ${value}`), width: 2.25 };
    }),
    ...claimed.map((line) => ({ ...entry(line, 'claimed in the link'), dash: [] })),
  ];
}

export function chartPicture(input: PictureInput): Picture {
  const { def, frame, colour, smoothed } = input;
  const lines = input.lines.map((line) => pictureLine(line, input));
  const { pinned } = frame.marks;
  const keys = input.lines.map(({ key }) => key);
  const at = measuredStep(frame.rows, keys, pinned) ?? pinned ?? undefined;
  const hasRight = lines.some(({ axis }) => axis === 'right');
  return {
    title: def.title,
    note: [def.unit, at === undefined ? undefined : `numbers of step ${at}`, smoothed]
      .filter(Boolean)
      .join(' · '),
    steps: frame.range,
    left: leftAxis(lines, def),
    right: hasRight ? { range: [0, 1], share: true } : null,
    lines,
    legend: legendOf(input),
    marks: frame.marks,
    colours: Object.fromEntries(
      pictureColours.map((name) => [name, colour(`--${name}`)]),
    ) as PictureColours,
  };
}
