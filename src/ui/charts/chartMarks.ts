/**
 * Marks on a chart's canvas: numbered dashed lines where the recipe changed, small triangles on
 * the axis for checkpoints, a line with a head for the pinned step. Forms differ, not only colours.
 */
import type uPlot from 'uplot';
import type { ChartMarks } from './chartFrame.ts';

interface Brush {
  colour: (name: string) => string;
}

/** Calls `paint` at each step in view, with its x in canvas pixels. */
function each(
  plot: uPlot,
  steps: readonly number[],
  paint: (x: number, place: number) => void,
): void {
  const { left, width } = plot.bbox;
  steps.forEach((step, place) => {
    const x = plot.valToPos(step, 'x', true);
    if (x >= left - 0.5 && x <= left + width + 0.5) paint(x, place);
  });
}

function painting(plot: uPlot, colour: string, paint: (ratio: number) => void): void {
  const { ctx } = plot;
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.fillStyle = colour;
  ctx.setLineDash([]); // uPlot leaves the last line's
  paint(devicePixelRatio);
  ctx.restore();
}

function upright(plot: uPlot, x: number): void {
  const { ctx, bbox } = plot;
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
}

/** Behind the curves. */
export function drawChanges(plot: uPlot, { changes }: ChartMarks, { colour }: Brush): void {
  painting(plot, colour('--warn'), (ratio) => {
    const { ctx, bbox } = plot;
    ctx.lineWidth = ratio;
    ctx.setLineDash([3 * ratio, 3 * ratio]);
    ctx.textAlign = 'left'; // uPlot leaves the last axis'
    ctx.textBaseline = 'alphabetic';
    ctx.font = `600 ${11 * ratio}px ${colour('--font')}`;
    each(plot, changes, (x, place) => {
      upright(plot, x);
      ctx.fillText(String(place + 1), x + 3 * ratio, bbox.top + 9 * ratio);
    });
  });
}

/** Above the curves: checkpoints stand on the axis, the pin reaches from top to bottom. */
export function drawOver(plot: uPlot, marks: ChartMarks, { colour }: Brush): void {
  const { ctx, bbox } = plot;
  painting(plot, colour('--ink-soft'), (ratio) => {
    const foot = bbox.top + bbox.height;
    each(plot, marks.checkpoints, (x) => {
      ctx.beginPath();
      ctx.moveTo(x - 3.5 * ratio, foot);
      ctx.lineTo(x + 3.5 * ratio, foot);
      ctx.lineTo(x, foot - 6 * ratio);
      ctx.fill();
    });
  });
  painting(plot, colour('--ink'), (ratio) => {
    ctx.lineWidth = 1.5 * ratio;
    each(plot, marks.pinned === null ? [] : [marks.pinned], (x) => {
      upright(plot, x);
      ctx.beginPath();
      ctx.arc(x, bbox.top, 4 * ratio, 0, 2 * Math.PI);
      ctx.fill();
    });
  });
}
