/**
 * A uPlot chart over steps. All charts share one cursor. Data may arrive at any rate; it is drawn
 * at most once per animation frame. It owns its canvas, and `destroy` gives everything back.
 */
import uPlot from 'uplot';
import type { StepMetrics } from '../../session/protocol.ts';
import type { ChartDef, SeriesDef } from './chartTable.ts';

export const CHART_HEIGHT = 176;
const SYNC_KEY = 'steps';
// eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- uPlot's is a const enum, which a bundler cannot read
const RIGHT = 1 as uPlot.Axis.Side;

export interface StepChartOptions {
  def: ChartDef;
  series: readonly SeriesDef[];
  /** Called with the row under the cursor, null when it leaves. */
  onCursor: (index: number | null) => void;
}

/** Right end of the x axis: the whole run when short, else room that doubles as it fills. */
export function lastStepShown(step: number, maxSteps: number): number {
  let end = 100;
  while (end < step) end *= 2;
  return Math.max(1, Math.min(end, maxSteps));
}

const percent = (value: number): string => `${Math.round(value * 100)}%`;

export class StepChart {
  readonly #plot: uPlot;
  readonly #keys: readonly string[];
  readonly #observer: ResizeObserver;
  #end = 1;
  #frame = 0;
  #marks: readonly number[] = [];

  constructor(host: HTMLElement, options: StepChartOptions) {
    this.#keys = options.series.map(({ key }) => key);
    const width = host.clientWidth;
    this.#plot = new uPlot(this.#options(host, width, options), this.#align([]), host);
    this.#observer = new ResizeObserver(() => {
      if (host.clientWidth !== this.#plot.width) {
        this.#plot.setSize({ width: host.clientWidth, height: CHART_HEIGHT });
      }
    });
    this.#observer.observe(host);
  }

  /** Draws the rows, and a line at each step of `marks`, at the next animation frame. */
  draw(rows: readonly StepMetrics[], maxSteps: number, marks: readonly number[]): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => {
      this.#marks = marks;
      this.#end = lastStepShown(rows.at(-1)?.step ?? 0, maxSteps);
      this.#plot.setData(this.#align(rows));
    });
  }

  destroy(): void {
    cancelAnimationFrame(this.#frame);
    this.#observer.disconnect();
    this.#plot.destroy();
  }

  #align(rows: readonly StepMetrics[]): uPlot.AlignedData {
    const columns = this.#keys.map((key) => rows.map((row) => row.values[key] ?? null));
    return [rows.map((row) => row.step), ...columns];
  }

  #options(host: HTMLElement, width: number, options: StepChartOptions): uPlot.Options {
    const { def, series, onCursor } = options;
    const style = getComputedStyle(host);
    const colour = (name: string): string => style.getPropertyValue(name).trim();
    const axis: uPlot.Axis = {
      stroke: colour('--ink-soft'),
      font: `12px ${colour('--font')}`,
      grid: { stroke: colour('--line'), width: 1 },
      ticks: { show: false },
      gap: 6,
    };
    const side = (share: boolean): uPlot.Axis => ({
      ...axis,
      size: 40,
      space: 34,
      ...(share ? { values: (_, splits) => splits.map(percent) } : {}),
    });
    const hasRight = series.some((one) => one.axis === 'right');
    return {
      width,
      height: CHART_HEIGHT,
      legend: { show: false },
      padding: [10, hasRight ? 0 : 12, 0, 0],
      cursor: { y: false, sync: { key: SYNC_KEY }, drag: { x: false, y: false } },
      hooks: {
        setCursor: [(plot) => onCursor(plot.cursor.idx ?? null)],
        drawAxes: [
          (plot) => {
            drawMarks(plot, this.#marks, colour('--warn'), colour('--font'));
          },
        ],
      },
      scales: {
        x: { time: false, range: () => [0, this.#end] },
        left: { range: (_, min, max) => axisRange(min, max, def.atLeast, def.share) },
        right: { range: () => [0, 1] },
      },
      axes: [
        { ...axis, size: 26, space: 48, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] },
        { ...side(def.share), scale: 'left' },
        { ...side(true), scale: 'right', side: RIGHT, show: hasRight, grid: { show: false } },
      ],
      series: [{}, ...series.map((one, n) => lineOptions(one, n, colour))],
    };
  }
}

/** A dashed line with its number at each marked step, behind the curves. */
function drawMarks(plot: uPlot, steps: readonly number[], stroke: string, font: string): void {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.strokeStyle = stroke;
  ctx.fillStyle = stroke;
  ctx.lineWidth = ratio;
  ctx.setLineDash([3 * ratio, 3 * ratio]);
  ctx.font = `600 ${11 * ratio}px ${font}`;
  steps.forEach((step, i) => {
    const x = plot.valToPos(step, 'x', true);
    if (x < bbox.left || x > bbox.left + bbox.width) return;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.fillText(String(i + 1), x + 3 * ratio, bbox.top + 9 * ratio);
  });
  ctx.restore();
}

/** From 0 (or below, where rewards are negative) to at least `atLeast`. */
function axisRange(
  min: number | null,
  max: number | null,
  atLeast: number,
  share: boolean,
): [number, number] {
  if (share) return [0, 1];
  return [Math.min(0, (min ?? 0) * 1.08), Math.max(atLeast, (max ?? 0) * 1.08)];
}

function lineOptions(
  { colour: name, dash, axis, sparse }: SeriesDef,
  n: number,
  colour: (name: string) => string,
): uPlot.Series {
  const stroke = colour(name);
  return {
    scale: axis,
    stroke,
    width: n === 0 ? 2.25 : 1.5,
    ...(dash.length > 0 ? { dash: [...dash] } : {}),
    spanGaps: sparse,
    points: { show: sparse, size: 5, stroke, fill: stroke },
  };
}
