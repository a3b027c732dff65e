/**
 * The example table of the own-data panel: sums of two numbers in the form in which the shared
 * base policies have read longer ones, each with its worked step. The numbers are fixed, so that
 * the table is the same for everybody.
 */
import type { OwnRow } from '../tasks/task.ts';

const ROWS = 24;

/** Pairs of digits that go round without meeting again. */
export const exampleRows: readonly OwnRow[] = Array.from({ length: ROWS }, (_, i): OwnRow => {
  const a = 1 + ((i * 7 + 2) % 9);
  const b = 1 + ((i * 4 + Math.floor(i / 9)) % 9);
  const sum = String(a + b);
  return [`A${a}+${b}|`, sum, `${a}+${b}=${sum}`];
});
