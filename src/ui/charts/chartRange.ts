/**
 * Where the axes of a chart begin and end: the whole run, what was zoomed into, and round numbers
 * for the ticks. Plain numbers and pure functions, shared by the canvas and the saved picture.
 */
export type Range = readonly [from: number, to: number];

/** Fewer steps than this are not worth a zoom. */
const LEAST_STEPS = 2;

const units = { 1: '', 1e3: 'k', 1e6: 'M' } as const;

/** Right end of the x axis: the whole run when short, else room that doubles as it fills. */
export function lastStepShown(step: number, maxSteps: number): number {
  let end = 100;
  while (end < step) end *= 2;
  return Math.max(1, Math.min(end, maxSteps));
}

/** A range as whole steps inside 0 to `end`; null for all of it. */
export function zoomTo([from, to]: Range, end: number): Range | null {
  const width = Math.max(LEAST_STEPS, Math.round(to - from));
  const start = Math.max(0, Math.min(Math.round(from), end - width));
  return width >= end ? null : [start, start + width];
}

/** `factor` times the width about a step; below 1 is closer. */
export function zoomBy(now: Range, centre: number, factor: number, end: number): Range | null {
  const width = (now[1] - now[0]) * factor;
  return zoomTo([centre - width / 2, centre + width / 2], end);
}

/** From 0 (or below, where rewards are negative) to at least `atLeast`; a share to 1. */
export function valueRange(
  min: number | null,
  max: number | null,
  { atLeast, share }: { atLeast: number; share: boolean },
): [number, number] {
  if (share) return [0, 1];
  return [Math.min(0, (min ?? 0) * 1.08), Math.max(atLeast, (max ?? 0) * 1.08)];
}

/** A number on the left or right axis, short enough for it: 0.05, 50%, 20k. */
export function tickText(value: number, share: boolean): string {
  if (share) return `${Math.round(value * 100)}%`;
  const unit = Math.abs(value) >= 1e6 ? 1e6 : Math.abs(value) >= 1e4 ? 1e3 : 1;
  const text = String(Number((value / unit).toPrecision(6)));
  return `${text}${units[unit]}`.replace('-', '\u2212');
}

/** Multiples of 1, 2 or 5 times a power of ten inside a range, about `count` of them. */
export function ticks([from, to]: Range, count: number): number[] {
  const rough = (to - from) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const increment = power * ([1, 2, 5, 10].find((n) => n * power >= rough * 0.999) ?? 10);
  const first = Math.ceil(from / increment - 1e-9);
  const last = Math.floor(to / increment + 1e-9);
  // Through a short decimal: 3 × 0.1 should be 0.3.
  return Array.from({ length: last - first + 1 }, (_, i) =>
    Number(((first + i) * increment).toPrecision(12)),
  );
}
