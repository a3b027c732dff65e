/**
 * Hours in one page: a small recipe run again and again in the built page, and every ten minutes
 * what it made and what it holds. What is not flat in the table is a leak or a slowdown.
 */
import { readdirSync, readFileSync } from 'node:fs';
import type { RunConfig } from '../../src/rft/configTable.ts';
import { heapMB, openBuiltPage, pressRun, type BuiltPage } from './builtPage.ts';
import { printColumns } from './table.ts';

/** Steps of some milliseconds; every 500th is kept. */
const recipe: Partial<RunConfig> = {
  policy: 'base-0.1M',
  maxSteps: 5000,
  generationBatchSize: 32,
  maxCompletionLength: 16,
  numEvalPrompts: 16,
  numEvalGenerations: 1,
  evalSteps: 250,
  saveSteps: 500,
};
const MINUTE = 60_000;
/** Minutes of one row. */
const ROW = 10;

/** Resident memory of the browser's processes in MB, by Linux' /proc; null elsewhere. */
function residentMB(root: number | undefined): number | null {
  try {
    const parents = new Map<number, number>();
    const resident = new Map<number, number>();
    for (const name of readdirSync('/proc').filter((one) => /^\d+$/.test(one))) {
      const status = readFileSync(`/proc/${name}/status`, 'utf8');
      const figure = (key: string): number =>
        Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
      parents.set(Number(name), figure('PPid'));
      resident.set(Number(name), figure('VmRSS') / 1000);
    }
    const isOurs = (pid: number): boolean =>
      pid === root || (parents.has(pid) && pid > 1 && isOurs(parents.get(pid)!));
    return [...resident].reduce((sum, [pid, mb]) => sum + (isOurs(pid) ? mb : 0), 0);
  } catch {
    return null; // no /proc, or a process that ended while it was read
  }
}

/** Steps that the run in the page has made. */
const stepNow = ({ page }: BuiltPage): Promise<number> =>
  page.$eval('[data-testid=step-now]', (shown) => Number(shown.textContent));

export async function benchSoak({ minutes }: { minutes: number }): Promise<void> {
  const built = await openBuiltPage();
  const { page, browser } = built;
  await built.open(recipe);
  await pressRun(page);
  const rows: (readonly number[])[] = [];
  const begin = performance.now();
  let done = 0;
  let last = 0;
  for (let row = 1; row * ROW <= minutes; row++) {
    const before = done;
    const start = performance.now();
    while (performance.now() - begin < row * ROW * MINUTE) {
      await new Promise((resolve) => setTimeout(resolve, 5000));
      const step = await stepNow(built);
      done += step >= last ? step - last : step;
      last = step;
      const status = await page.$eval('[data-testid=status]', (shown) => shown.textContent);
      if (status.startsWith('Finished')) await pressRun(page);
      else if (!/Step|Running|Loading|Starting/.test(status)) throw new Error(status);
    }
    const rate = (done - before) / ((performance.now() - start) / MINUTE);
    rows.push([row * ROW, rate, await heapMB(page), residentMB(browser.process()?.pid) ?? NaN]);
    console.log(
      rows
        .at(-1)
        ?.map((one) => one.toFixed(1))
        .join(' | '),
    );
  }
  printColumns(['minutes', 'steps a minute', 'heap of the page, MB', 'browser, MB'], rows);
  await built.close();
}
