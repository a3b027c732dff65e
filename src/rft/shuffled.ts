/** A random order of things: for finite data sets, and for dealing rewards out as a control. */
import type { Draw } from '../tasks/task.ts';

/** The same items in a random order (Fisher–Yates). */
export function shuffled<T>(items: readonly T[], draw: Draw): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = draw(i + 1);
    [result[i], result[j]] = [result[j]!, result[i]!];
  }
  return result;
}
