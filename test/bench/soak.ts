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

/** Clock ticks of a second in /proc/PID/stat, as every Linux has them. */
const TICKS = 100;

interface Held {
  /** Resident memory of the browser's processes, MB. */
  readonly residentMB: number;
  /** Time on a processor that they took since they began, s: what other work beside them took from them is not in it. */
  readonly cpuS: number;
}

/** What the browser's processes hold and took, by Linux' /proc; NaN elsewhere. */
function heldBy(root: number | undefined): Held {
  try {
    const processes = new Map<number, Held & { parent: number }>();
    for (const name of readdirSync('/proc').filter((one) => /^\d+$/.test(one))) {
      const status = readFileSync(`/proc/${name}/status`, 'utf8');
      const figure = (key: string): number =>
        Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
      // after the name in brackets: state is field 3, user and system time are 14 and 15
      const fields = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
      processes.set(Number(name), {
        parent: figure('PPid'),
        residentMB: figure('VmRSS') / 1000,
        cpuS: (Number(fields[11]) + Number(fields[12])) / TICKS,
      });
    }
    const isOurs = (pid: number): boolean =>
      pid === root || (pid > 1 && processes.has(pid) && isOurs(processes.get(pid)!.parent));
    const ours = [...processes].filter(([pid]) => isOurs(pid)).map(([, held]) => held);
    const sum = (key: keyof Held): number => ours.reduce((total, held) => total + held[key], 0);
    return { residentMB: sum('residentMB'), cpuS: sum('cpuS') };
  } catch {
    return { residentMB: NaN, cpuS: NaN }; // no /proc, or a process that ended while it was read
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
  let cpuBefore = heldBy(browser.process()?.pid).cpuS;
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
    const held = heldBy(browser.process()?.pid);
    const cpu = ((held.cpuS - cpuBefore) / (done - before)) * 1000;
    cpuBefore = held.cpuS;
    rows.push([row * ROW, rate, cpu, await heapMB(page), held.residentMB]);
    console.log(
      rows
        .at(-1)
        ?.map((one) => one.toFixed(1))
        .join(' | '),
    );
  }
  printColumns(
    ['minutes', 'steps a minute', 'processor, ms a step', 'heap of the page, MB', 'browser, MB'],
    rows,
  );
  await built.close();
}
