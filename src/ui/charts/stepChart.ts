/**
 * A uPlot chart over steps. All charts share one cursor. Data may arrive at any rate; it is drawn
 * at most once per animation frame, out of sight once a second. It owns its canvas, and `destroy`
 * gives everything back. What is pinned or zoomed is not its own to decide: it reports, and draws
 * the frame it is given.
 */
import uPlot from 'uplot';
import type { ChartFrame } from './chartFrame.ts';
import { chartColumns, type ChartLine } from './chartLines.ts';
import { drawChanges, drawOver } from './chartMarks.ts';
import { tickText, valueRange, type Range } from './chartRange.ts';
import type { ChartDef } from './chartTable.ts';

export const CHART_HEIGHT = 176;
const SYNC_KEY = 'steps';
/** Between two drawings of a chart that is out of sight, in ms: it should not cost, nor be blank. */
const SELDOM = 1000;
/** A shorter drag, in pixels, is a click by an unsteady hand. */
const DRAG = 8;
// eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- uPlot's is a const enum, which a bundler cannot read
const RIGHT = 1 as uPlot.Axis.Side;

export interface StepChartOptions {
  def: ChartDef;
  lines: readonly ChartLine[];
  /** The step under the cursor, null when it leaves. */
  onCursor: (step: number | null) => void;
  /** A step was clicked or tapped. */
  onPick: (step: number) => void;
  /** Steps were dragged over. */
  onZoom: (range: Range) => void;
  onWhole: () => void;
}

const nothing: ChartFrame = {
  rows: [],
  claimed: [],
  range: [0, 1],
  marks: { changes: [], checkpoints: [], pinned: null },
};

export class StepChart {
  readonly #plot: uPlot;
  readonly #options: StepChartOptions;
  readonly #resized: ResizeObserver;
  readonly #seen: IntersectionObserver;
  #shown = nothing;
  /** What is to be drawn next; null: nothing new. */
  #next: ChartFrame | null = null;
  #inSight = false;
  #frame = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** A drag ends with a click that means nothing. */
  #dragged = false;

  constructor(host: HTMLElement, options: StepChartOptions) {
    this.#options = options;
    const width = host.clientWidth;
    this.#plot = new uPlot(this.#plotOptions(host, width), this.#align(), host);
    // A drag that ended outside had no click.
    this.#plot.over.addEventListener('mousedown', () => (this.#dragged = false));
    this.#plot.over.addEventListener('click', (event) => this.#click(event));
    this.#plot.over.addEventListener('dblclick', options.onWhole);
    this.#seen = new IntersectionObserver((entries) => {
      this.#inSight = entries.at(-1)?.isIntersecting ?? false;
      if (this.#inSight) this.#plan();
    });
    this.#seen.observe(host);
    this.#resized = new ResizeObserver(() => {
      if (host.clientWidth !== this.#plot.width) {
        this.#plot.setSize({ width: host.clientWidth, height: CHART_HEIGHT });
      }
    });
    this.#resized.observe(host);
  }

  /** Draws it soon. */
  draw(frame: ChartFrame): void {
    this.#next = frame;
    this.#plan();
  }

  /** Moves the cursor of all charts to a step; null takes it away. */
  moveCursor(step: number | null): void {
    this.#drawNow();
    const { clientWidth, clientHeight } = this.#plot.over;
    const left = step === null ? -10 : this.#plot.valToPos(step, 'x');
    const top = step === null ? -10 : 1;
    this.#plot.setCursor({ left, top });
    uPlot.sync(SYNC_KEY).pub('mousemove', this.#plot, left, top, clientWidth, clientHeight, 0);
    this.#options.onCursor(step);
  }

  destroy(): void {
    this.#unplan();
    this.#seen.disconnect();
    this.#resized.disconnect();
    this.#plot.destroy();
  }

  #plan(): void {
    if (this.#inSight) {
      this.#unplan();
      this.#frame = requestAnimationFrame(() => this.#drawNow());
    } else {
      this.#timer ??= setTimeout(() => this.#drawNow(), SELDOM);
    }
  }

  #unplan(): void {
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #drawNow(): void {
    this.#unplan();
    if (this.#next === null) return;
    this.#shown = this.#next;
    this.#next = null;
    this.#plot.setData(this.#align());
  }

  #align(): uPlot.AlignedData {
    return chartColumns(this.#shown, this.#options.lines);
  }

  /** The step under the cursor; null without one. */
  #stepAtCursor(): number | null {
    const { idx } = this.#plot.cursor;
    return idx === null || idx === undefined ? null : (this.#plot.data[0][idx] ?? null);
  }

  /**
   * By where it was, not by the cursor: losing focus may have taken that away. A chart that has just
   * come into sight may not have drawn its newest rows yet.
   */
  #click({ clientX }: MouseEvent): void {
    this.#drawNow();
    const place = this.#plot.posToIdx(clientX - this.#plot.over.getBoundingClientRect().left);
    const step = this.#plot.data[0][place];
    if (!this.#dragged && step !== undefined) this.#options.onPick(step);
  }

  #select(plot: uPlot): void {
    const { left, width } = plot.select;
    if (width === 0) return;
    this.#dragged = true;
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.#options.onZoom([plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x')]);
  }

  #plotOptions(host: HTMLElement, width: number): uPlot.Options {
    const { def, lines, onCursor } = this.#options;
    const style = getComputedStyle(host);
    const colour = (name: string): string => style.getPropertyValue(name).trim();
    const hasRight = lines.some((one) => one.axis === 'right');
    return {
      width,
      height: CHART_HEIGHT,
      legend: { show: false },
      padding: [10, hasRight ? 0 : 12, 0, 0],
      cursor: {
        y: false,
        // Only the cursor's place crosses over, as a share of the width: all show the same steps.
        // A drag does not: it zooms once, through the page.
        sync: {
          key: SYNC_KEY,
          scales: [null, null],
          filters: { pub: (type) => type === 'mousemove', sub: () => true },
        },
        drag: { x: true, y: false, setScale: false, dist: DRAG, click: () => undefined },
      },
      hooks: {
        setCursor: [
          () => {
            // Out of sight, what it shows may be older than what the mouse is on.
            if (this.#inSight) onCursor(this.#stepAtCursor());
          },
        ],
        setSelect: [(plot) => this.#select(plot)],
        drawAxes: [(plot) => drawChanges(plot, this.#shown.marks, { colour })],
        draw: [(plot) => drawOver(plot, this.#shown.marks, { colour })],
      },
      scales: {
        x: { time: false, range: () => [...this.#shown.range] },
        left: { range: (_, min, max) => valueRange(min, max, def) },
        right: { range: () => [0, 1] },
      },
      axes: axes(def.share, hasRight, colour),
      series: [{}, ...lines.map((one) => lineOptions(one, colour))],
    };
  }
}

function axes(share: boolean, hasRight: boolean, colour: (name: string) => string): uPlot.Axis[] {
  const axis: uPlot.Axis = {
    stroke: colour('--ink-soft'),
    font: `12px ${colour('--font')}`,
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
    gap: 6,
  };
  const side = (percents: boolean): uPlot.Axis => ({
    ...axis,
    size: 40,
    space: 34,
    values: (_, splits) => splits.map((value) => tickText(value, percents)),
  });
  return [
    { ...axis, size: 26, space: 48, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] },
    { ...side(share), scale: 'left' },
    { ...side(true), scale: 'right', side: RIGHT, size: 44, show: hasRight, grid: { show: false } },
  ];
}

function lineOptions(
  { colour: name, dash, axis, sparse, alpha, width }: ChartLine,
  colour: (name: string) => string,
): uPlot.Series {
  const stroke = colour(name);
  return {
    scale: axis,
    stroke,
    width,
    alpha,
    ...(dash.length > 0 ? { dash: [...dash] } : {}),
    spanGaps: sparse,
    points: { show: sparse, size: 5, stroke, fill: stroke },
  };
}
