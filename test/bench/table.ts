/** The Markdown tables that figures are printed in, padded so that they read well in a terminal. */

/** One line of a table: what, how much, in which unit. */
export type Figure = readonly [what: string, value: number, unit: string];

/** Of ours and the reference: which of the two numbers is better, for the ratio. */
export type Better = 'more' | 'less';

/** One line of a comparison; null where there is no such number. */
export interface Compared {
  what: string;
  ours: number | null;
  reference: number | null;
  unit: string;
  better: Better;
}

/** Three significant digits, or all digits before the point. */
function readable(value: number | null): string {
  if (value === null) return '–';
  const digits = Number.isInteger(value) || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return value.toLocaleString('en-GB', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

type Row = readonly string[];

/** A table whose columns are as wide as they need be; all but the first are numbers, or units. */
function printRows(head: Row, rows: readonly Row[], left: readonly number[]): void {
  const widths = head.map((_, i) => Math.max(...[head, ...rows].map((row) => row[i]!.length), 3));
  const line = (row: Row): string =>
    row
      .map((cell, i) => (left.includes(i) ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join(' | ');
  const rule = widths.map((wide, i) =>
    left.includes(i) ? '-'.repeat(wide) : `${'-'.repeat(wide - 1)}:`,
  );
  console.log(`\n| ${line(head)} |`);
  console.log(`| ${rule.join(' | ')} |`);
  for (const row of rows) console.log(`| ${line(row)} |`);
}

export function printTable(title: string, figures: readonly Figure[]): void {
  const rows = figures.map(([what, value, unit]) => [what, readable(value), unit]);
  printRows([title, '', 'unit'], rows, [0, 2]);
}

/** Numbers of equal standing in columns. */
export function printColumns(head: Row, rows: readonly (readonly number[])[]): void {
  const cells = rows.map((row) => row.map((value) => readable(Number.isNaN(value) ? null : value)));
  printRows(head, cells, []);
}

/** How many times better ours is; null where that makes no number. */
function ratioOf({ ours, reference, better }: Compared): number | null {
  if (ours === null || reference === null) return null;
  const ratio = better === 'more' ? ours / reference : reference / ours;
  return Number.isFinite(ratio) ? ratio : null;
}

export function printComparison(title: string, lines: readonly Compared[]): void {
  const rows = lines.map((line) => [
    line.what,
    readable(line.ours),
    readable(line.reference),
    readable(ratioOf(line)),
    line.unit,
  ]);
  printRows([title, 'ours', 'reference', 'times better', 'unit'], rows, [0, 4]);
}

/** Where the GPU's time went, by kernel. */
export interface KernelTime {
  name: string;
  dispatches: number;
  ms: number;
}

export function printProfile(title: string, times: readonly KernelTime[]): void {
  const total = times.reduce((sum, { ms }) => sum + ms, 0);
  const rows = times.map(({ name, dispatches, ms }) => [
    name,
    readable(dispatches),
    readable(ms),
    readable((100 * ms) / total),
  ]);
  printRows([title, 'dispatches', 'ms', '%'], [...rows, ['all', '', readable(total), '100']], [0]);
}
