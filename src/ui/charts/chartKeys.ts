/** Which row the keys of a chart lead to: a table over places. Pure. */

const moves: Record<string, (place: number, first: number, last: number) => number> = {
  ArrowLeft: (place) => place - 1,
  ArrowRight: (place) => place + 1,
  PageDown: (place) => place - 10,
  PageUp: (place) => place + 10,
  Home: (_, first) => first,
  End: (_, __, last) => last,
};

/**
 * The step that a key leads to from `from`, among `steps` (in order, those in view); undefined for
 * any other key, or when there is none. Without a place yet it starts at the newest.
 */
export function stepByKey(
  key: string,
  steps: readonly number[],
  from: number | null,
): number | undefined {
  const move = moves[key];
  if (move === undefined) return undefined;
  const last = steps.length - 1;
  const place = from === null ? last + 1 : steps.findLastIndex((step) => step <= from);
  return steps[Math.max(0, Math.min(last, move(place, 0, last)))];
}
