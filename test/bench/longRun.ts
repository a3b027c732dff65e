/**
 * A long run in the page: 2,000 steps with 256 completions each. What the page holds of it in the
 * end, and whether it is as smooth then as at the beginning. A small policy, so that it takes minutes.
 */
import type { Page } from 'puppeteer-core';
import type { RunConfig } from '../../src/rft/configTable.ts';
import { heapMB, openBuiltPage, pressRun, runEnded, stepsDone } from './builtPage.ts';
import { printTable, type Figure } from './table.ts';

const recipe: Partial<RunConfig> = {
  task: 'calculatorChain',
  policy: 'base-0.1M',
  maxSteps: 2000,
  generationBatchSize: 256,
  evalSteps: 500,
  saveSteps: 500,
  numEvalPrompts: 16,
  learningRate: 1e-6, // so that the completions stay as long and as different as they are at first
};

/** Page and workers, what the browser itself counts; null where it does not. */
const allMB = (page: Page): Promise<number | null> =>
  page.evaluate(async () => {
    const { performance } = globalThis as unknown as {
      performance: { measureUserAgentSpecificMemory?: () => Promise<{ bytes: number }> };
    };
    const measured = await performance.measureUserAgentSpecificMemory?.();
    return measured ? measured.bytes / 1e6 : null;
  });

interface Smoothness {
  /** Milliseconds between two frames of the display, at the 95th percentile, and at most. */
  p95: number;
  most: number;
  /** Share of the time spent in tasks over 50 ms. */
  blocked: number;
}

/** Watches five seconds of frames. */
const smoothness = (page: Page): Promise<Smoothness> =>
  page.evaluate(async () => {
    const gaps: number[] = [];
    let blocked = 0;
    const observer = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) blocked += duration;
    });
    observer.observe({ type: 'longtask' });
    const begin = performance.now();
    let last = begin;
    while (last - begin < 5000) {
      const now = await new Promise<number>((resolve) => requestAnimationFrame(resolve));
      gaps.push(now - last);
      last = now;
    }
    observer.disconnect();
    gaps.sort((a, b) => a - b);
    return {
      p95: gaps[Math.floor(0.95 * gaps.length)] ?? 0,
      most: gaps.at(-1) ?? 0,
      blocked: blocked / 5000,
    };
  });

const figures = (when: string, { p95, most, blocked }: Smoothness): Figure[] => [
  [`${when}: gap between frames, 95th percentile`, p95, 'ms'],
  [`${when}: the longest gap`, most, 'ms'],
  [`${when}: of the time in tasks over 50 ms`, 100 * blocked, '%'],
];

export async function benchLongRun(): Promise<void> {
  const built = await openBuiltPage();
  const { page } = built;
  await built.open(recipe);
  await pressRun(page);
  const begin = performance.now();
  await stepsDone(page, 20);
  const early = await smoothness(page);
  const atFirst = await heapMB(page);
  await stepsDone(page, 1900);
  const late = await smoothness(page);
  await runEnded(page);
  const minutes = (performance.now() - begin) / 60_000;
  const all = await allMB(page);
  printTable('2,000 steps × 256 completions in the page, WASM', [
    ['from Run to the end', minutes, 'min'],
    ['heap of the page after 20 steps', atFirst, 'MB'],
    ['heap of the page at the end', await heapMB(page), 'MB'],
    ...(all === null ? [] : [['page and worker at the end', all, 'MB'] as const]),
    ...figures('after 20 steps', early),
    ...figures('after 1,900 steps', late),
  ]);
  await built.close();
}
