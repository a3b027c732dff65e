/** How a piece of work is timed, and the table its figures are printed in. No judgement here. */

/** A timed run must not be disturbed by neighbours, so the best of several counts. */
const mostRuns = 7;
const budgetMs = 6000;

/**
 * Milliseconds of the best run of `work`, after one that warms up caches and shaders and is not
 * counted. Runs are repeated until they have taken six seconds, at most seven times.
 */
export async function bestMs(work: () => Promise<unknown>): Promise<number> {
  await work();
  let best = Infinity;
  const begin = performance.now();
  for (let run = 0; run < mostRuns && performance.now() - begin < budgetMs; run++) {
    const start = performance.now();
    await work();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

/** One line of a table: what, how much, in which unit. */
export type Figure = readonly [what: string, value: number, unit: string];

/** Three significant digits, or all digits before the point. */
function readable(value: number): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return value.toLocaleString('en-GB', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

/** Prints a Markdown table, padded so that it reads well in a terminal too. */
export function printTable(title: string, figures: readonly Figure[]): void {
  const lines = figures.map(([what, value, unit]) => [what, readable(value), unit] as const);
  const wide = Math.max(...lines.map(([what]) => what.length), title.length);
  const row = (what: string, value: string, unit: string): string =>
    `| ${what.padEnd(wide)} | ${value.padStart(10)} | ${unit.padEnd(8)} |`;
  console.log(`\n${row(title, '', 'unit')}`);
  console.log(`| ${'-'.repeat(wide)} | ${'-'.repeat(9)}: | ${'-'.repeat(8)} |`);
  for (const line of lines) console.log(row(...line));
}
