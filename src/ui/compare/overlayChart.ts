/**
 * A uPlot chart of several lines, each with a band from its lowest to its highest value where more
 * than one seed was measured. The lines may have their points at different places. Charts over the
 * same axis share one cursor. It owns its canvas, and `destroy` gives everything back.
 */
import uPlot from 'uplot';
import type { BandPoint } from '../../session/seedBands.ts';
import type { OverlayDef, OverlayLine } from './overlayTable.ts';

export const OVERLAY_HEIGHT = 200;

/** What the x axis counts. */
export type XAxis = 'step' | 'second';

export interface OverlayOptions {
  def: OverlayDef;
  xAxis: XAxis;
  /** Looks and names; their points are drawn by `draw`. */
  lines: readonly OverlayLine[];
  /** Called with the place under the cursor, null when it leaves. */
  onCursor: (x: number | null) => void;
}

/** Columns of one line: its mean, and the two edges of its band. */
const PER_LINE = 3;

const percent = (value: number): string => `${Math.round(value * 100)}%`;

function column(
  points: ReadonlyMap<number, BandPoint>,
  places: readonly number[],
  value: (point: BandPoint) => number,
): (number | null)[] {
  return places.map((x) => {
    const point = points.get(x);
    return point ? value(point) : null;
  });
}

/** All lines over the union of their places: x, then mean, high and low of each. */
export function aligned(lines: readonly OverlayLine[]): uPlot.AlignedData {
  const places = [...new Set(lines.flatMap(({ points }) => points.map(({ x }) => x)))].sort(
    (a, b) => a - b,
  );
  const columns = lines.flatMap(({ points }) => {
    const byPlace = new Map(points.map((point) => [point.x, point]));
    return [
      column(byPlace, places, ({ mean }) => mean),
      column(byPlace, places, ({ high }) => high),
      column(byPlace, places, ({ low }) => low),
    ];
  });
  return [places, ...columns];
}

/** From 0 (or below, where values are negative) to at least `atLeast`. */
function yRange(
  { atLeast, share }: OverlayDef,
  min: number | null,
  max: number | null,
): [number, number] {
  if (share) return [0, 1];
  return [Math.min(0, (min ?? 0) * 1.08), Math.max(atLeast, (max ?? 0) * 1.08)];
}

type Colour = (name: string) => string;

function lineSeries({ colour: name, dash }: OverlayLine, colour: Colour): uPlot.Series[] {
  const stroke = colour(name);
  const edge: uPlot.Series = { scale: 'y', width: 0, spanGaps: true, points: { show: false } };
  const mean: uPlot.Series = {
    scale: 'y',
    stroke,
    width: 2,
    spanGaps: true,
    points: { size: 5, stroke, fill: stroke },
    ...(dash.length > 0 ? { dash: [...dash] } : {}),
  };
  return [mean, edge, edge];
}

/** Between the edges of the n-th line, in its colour. */
const bandOf = ({ colour: name }: OverlayLine, n: number, colour: Colour): uPlot.Band => ({
  series: [n * PER_LINE + 2, n * PER_LINE + 3],
  fill: `${colour(name)}2e`,
});

function chartOptions(host: HTMLElement, options: OverlayOptions): uPlot.Options {
  const { def, xAxis, lines, onCursor } = options;
  const style = getComputedStyle(host);
  const colour: Colour = (name) => style.getPropertyValue(name).trim();
  const axis: uPlot.Axis = {
    stroke: colour('--ink-soft'),
    font: `12px ${colour('--font')}`,
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
    gap: 6,
  };
  const steps = xAxis === 'step' ? { incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] } : {};
  const shares: uPlot.Axis = { values: (_, splits) => splits.map(percent) };
  return {
    width: host.clientWidth,
    height: OVERLAY_HEIGHT,
    legend: { show: false },
    padding: [10, 12, 0, 0],
    cursor: { y: false, sync: { key: `compare-${xAxis}` }, drag: { x: false, y: false } },
    hooks: {
      setCursor: [
        (plot) => {
          const { idx } = plot.cursor;
          onCursor(idx === null || idx === undefined ? null : (plot.data[0][idx] ?? null));
        },
      ],
    },
    scales: {
      x: { time: false, range: (_, __, max) => [0, Math.max(1, max || 0)] },
      y: { range: (_, min, max) => yRange(def, min, max) },
    },
    axes: [
      { ...axis, size: 26, space: 48, ...steps },
      { ...axis, size: 40, space: 34, scale: 'y', ...(def.share ? shares : {}) },
    ],
    series: [{}, ...lines.flatMap((line) => lineSeries(line, colour))],
    bands: lines.map((line, n) => bandOf(line, n, colour)),
  };
}

export class OverlayChart {
  readonly #plot: uPlot;
  readonly #observer: ResizeObserver;
  #frame = 0;

  constructor(host: HTMLElement, options: OverlayOptions) {
    const empty = options.lines.map((line) => ({ ...line, points: [] }));
    this.#plot = new uPlot(chartOptions(host, options), aligned(empty), host);
    this.#observer = new ResizeObserver(() => {
      if (host.clientWidth !== this.#plot.width) {
        this.#plot.setSize({ width: host.clientWidth, height: OVERLAY_HEIGHT });
      }
    });
    this.#observer.observe(host);
  }

  /** Draws the points of the lines it was built for, at the next animation frame. */
  draw(lines: readonly OverlayLine[]): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#plot.setData(aligned(lines)));
  }

  destroy(): void {
    cancelAnimationFrame(this.#frame);
    this.#observer.disconnect();
    this.#plot.destroy();
  }
}
