/**
 * Writes a chart as an SVG document that needs nothing beside itself: background, title, axes,
 * lines, marks and legend. Pure text from plain data; every word is escaped.
 */
import type { LegendEntry, Picture, PictureAxis, PictureLine } from './chartPicture.ts';
import { ticks, tickText, type Range } from './chartRange.ts';

export const SVG_WIDTH = 720;
const PLOT = { left: 52, right: SVG_WIDTH - 48, top: 56, bottom: 316 } as const;
const LEGEND_TOP = 374;
const LEGEND_ROW = 20;
/** About the width of a letter at 13 px, for breaking the legend into rows. */
const LETTER = 7;
const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif";

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
/** Characters that XML forbids become a replacement sign. */
const escaped = (text: string): string =>
  text
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
    .replace(/[&<>"]/g, (char) => escapes[char] ?? char);

type Attributes = Record<string, string | number>;

function tag(name: string, attributes: Attributes, content = ''): string {
  const list = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(`${value}`)}"`);
  return content === ''
    ? `<${name}${list.join('')}/>`
    : `<${name}${list.join('')}>${content}</${name}>`;
}

const text = (x: number, y: number, words: string, more: Attributes = {}): string =>
  tag('text', { x: round(x), y: round(y), 'font-size': 12, ...more }, escaped(words));

const round = (value: number): number => Math.round(value * 100) / 100;

const scale =
  ([from, to]: Range, start: number, end: number) =>
  (value: number): number =>
    start + ((value - from) / (to - from)) * (end - start);

const xOf = ({ steps }: Picture) => scale(steps, PLOT.left, PLOT.right);
const yOf = ({ range }: PictureAxis) => scale(range, PLOT.bottom, PLOT.top);

function sideAxis(axis: PictureAxis, x: number, anchor: string, picture: Picture): string[] {
  const y = yOf(axis);
  return ticks(axis.range, 5).map((value) =>
    text(x, y(value) + 4, tickText(value, axis.share), {
      fill: picture.colours['ink-soft'],
      'text-anchor': anchor,
    }),
  );
}

function axes(picture: Picture): string[] {
  const { colours, left, right, steps } = picture;
  const x = xOf(picture);
  const y = yOf(left);
  const whole = ticks(steps, 10).filter((step) => Number.isInteger(step));
  const rule = (x1: number, y1: number, x2: number, y2: number): string =>
    tag('line', { x1: round(x1), y1: round(y1), x2: round(x2), y2: round(y2) });
  const rules = [
    ...whole.map((step) => rule(x(step), PLOT.top, x(step), PLOT.bottom)),
    ...ticks(left.range, 5).map((value) => rule(PLOT.left, y(value), PLOT.right, y(value))),
  ];
  const soft = { fill: colours['ink-soft'], 'text-anchor': 'middle' };
  return [
    tag('g', { stroke: colours.line }, rules.join('')),
    ...whole.map((step) => text(x(step), PLOT.bottom + 16, String(step), soft)),
    text((PLOT.left + PLOT.right) / 2, PLOT.bottom + 30, 'step', soft),
    ...sideAxis(left, PLOT.left - 6, 'end', picture),
    ...(right ? sideAxis(right, PLOT.right + 6, 'start', picture) : []),
  ];
}

/** `M` where a stretch begins, `L` within it; a sparse line is one stretch. */
function pathOf(points: readonly (readonly [number, number] | null)[]): string {
  return points
    .map((point, i) => {
      if (point === null) return '';
      const begins = i === 0 || points[i - 1] === null;
      return `${begins ? 'M' : 'L'}${round(point[0])} ${round(point[1])}`;
    })
    .join('');
}

function curve(line: PictureLine, picture: Picture): string {
  const x = xOf(picture);
  const y = yOf(line.axis === 'right' && picture.right ? picture.right : picture.left);
  const placed = line.points.map(([step, value]) =>
    value === null ? null : ([x(step), y(value)] as const),
  );
  const measured = placed.filter((point) => point !== null);
  const path = tag('path', {
    d: pathOf(line.sparse ? measured : placed),
    fill: 'none',
    'stroke-width': line.width,
    'stroke-linejoin': 'round',
    ...(line.dash.length > 0 ? { 'stroke-dasharray': line.dash.join(' ') } : {}),
  });
  const dots = line.sparse
    ? measured.map(([cx, cy]) => tag('circle', { cx: round(cx), cy: round(cy), r: 2.5 }))
    : [];
  const look = { stroke: line.colour, fill: line.colour, opacity: line.alpha };
  return measured.length === 0 ? '' : tag('g', look, [path, ...dots].join(''));
}

function marks(picture: Picture): string[] {
  const { colours } = picture;
  const { changes, checkpoints, pinned } = picture.marks;
  const x = xOf(picture);
  const inView = (step: number): boolean => step >= picture.steps[0] && step <= picture.steps[1];
  const upright = (step: number, more: Attributes): string =>
    tag('line', { x1: round(x(step)), y1: PLOT.top, x2: round(x(step)), y2: PLOT.bottom, ...more });
  const numbered = changes.flatMap((step, i) => {
    const label = { fill: colours.warn, 'font-weight': 600 };
    return inView(step)
      ? [
          upright(step, { stroke: colours.warn, 'stroke-dasharray': '3 3' }),
          text(x(step) + 3, PLOT.top + 11, String(i + 1), label),
        ]
      : [];
  });
  const foot = PLOT.bottom;
  const triangles = checkpoints.filter(inView).map((step) => {
    const at = x(step);
    const d = `M${round(at - 4)} ${foot}L${round(at + 4)} ${foot}L${round(at)} ${foot - 7}Z`;
    return tag('path', { d, fill: colours['ink-soft'] });
  });
  const pin =
    pinned === null || !inView(pinned)
      ? []
      : [
          upright(pinned, { stroke: colours.ink, 'stroke-width': 1.5 }),
          tag('circle', { cx: round(x(pinned)), cy: PLOT.top, r: 4, fill: colours.ink }),
        ];
  return [...numbered, ...triangles, ...pin];
}

interface Placed {
  entry: LegendEntry;
  x: number;
  row: number;
}

/** Entries one after the other, on a new row where one would not fit. */
function placeLegend(entries: readonly LegendEntry[]): Placed[] {
  let x: number = PLOT.left;
  let row = 0;
  return entries.map((entry) => {
    const width = 34 + entry.text.length * LETTER + 18;
    if (x > PLOT.left && x + width > SVG_WIDTH) {
      x = PLOT.left;
      row += 1;
    }
    const placed = { entry, x, row };
    x += width;
    return placed;
  });
}

function legend(placed: readonly Placed[], ink: string): string[] {
  return placed.map(({ entry, x, row }) => {
    const y = LEGEND_TOP + row * LEGEND_ROW;
    const dash = entry.dash.length > 0 ? { 'stroke-dasharray': entry.dash.join(' ') } : {};
    const sample = { x1: x, x2: x + 26, y1: y - 4, y2: y - 4, stroke: entry.colour };
    const faint = entry.alpha < 1 ? { opacity: entry.alpha } : {};
    return (
      tag('line', { ...sample, 'stroke-width': entry.width, ...dash, ...faint }) +
      text(x + 34, y, entry.text, { 'font-size': 13, fill: ink })
    );
  });
}

/** Height of the picture: the legend may take several rows. */
export const svgHeight = (picture: Picture): number =>
  LEGEND_TOP + (placeLegend(picture.legend).at(-1)?.row ?? 0) * LEGEND_ROW + 18;

export function chartSvg(picture: Picture): string {
  const height = svgHeight(picture);
  const { colours, title, note } = picture;
  const body = [
    tag('title', {}, escaped(title)),
    tag('rect', { width: SVG_WIDTH, height, fill: colours.panel }),
    text(16, 26, title, { 'font-size': 16, 'font-weight': 600, fill: colours.ink }),
    text(16, 44, note, { fill: colours['ink-soft'] }),
    ...axes(picture),
    ...picture.lines.map((line) => curve(line, picture)),
    ...marks(picture),
    ...legend(placeLegend(picture.legend), colours.ink),
  ];
  const frame = {
    xmlns: 'http://www.w3.org/2000/svg',
    width: SVG_WIDTH,
    height,
    viewBox: `0 0 ${SVG_WIDTH} ${height}`,
    'font-family': FONT,
  };
  return `${tag('svg', frame, body.join('\n'))}\n`;
}
