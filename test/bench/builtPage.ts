/**
 * The built page in headless Chromium as a bench needs it: served from dist/ or the folder that
 * E2E_DIST names, opened by puppeteer (whose pages can be out of sight; Playwright's never are), with
 * a run started and its stored metrics read back. It measures nothing itself.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { launch, type Browser, type Page } from 'puppeteer-core';
import { preview } from 'vite';
import { parseConfig } from '../../src/rft/config.ts';
import type { RunConfig } from '../../src/rft/configTable.ts';
import { encodeLink } from '../../src/rft/link.ts';
import type { StepMetrics } from '../../src/session/protocol.ts';
import { findChromium, plainArgs } from '../chromium.mjs';

export interface BuiltPage {
  browser: Browser;
  page: Page;
  /** A fresh start with this recipe; what was stored stays. */
  open(recipe: Partial<RunConfig>): Promise<void>;
  close(): Promise<void>;
}

const root = fileURLToPath(new URL('../..', import.meta.url));

const wholeRecipe = (recipe: Partial<RunConfig>): RunConfig => {
  const { config, problems } = parseConfig(recipe);
  if (!config) throw new Error(JSON.stringify(problems));
  return config;
};

export async function openBuiltPage(): Promise<BuiltPage> {
  const outDir = process.env.E2E_DIST ?? join(root, 'dist');
  if (!existsSync(join(outDir, 'index.html'))) throw new Error('no build: run npm run build first');
  const server = await preview({
    root,
    build: { outDir },
    preview: { port: 0, host: '127.0.0.1' },
    logLevel: 'error',
  });
  const url = server.resolvedUrls?.local[0] ?? '';
  const executablePath = findChromium();
  const browser = await launch({
    headless: true,
    args: plainArgs,
    defaultViewport: { width: 1440, height: 900 },
    protocolTimeout: 3 * 3600_000,
    ...(executablePath === undefined ? { channel: 'chrome' as const } : { executablePath }),
  });
  const page = (await browser.pages())[0] ?? (await browser.newPage());
  return {
    browser,
    page,
    open: async (recipe) => {
      await page.goto('about:blank');
      await page.goto(`${url}#${encodeLink(wholeRecipe(recipe))}`);
      await page.waitForSelector('[data-testid=status]');
    },
    close: async () => {
      await browser.close();
      await server.close();
    },
  };
}

export async function pressRun(page: Page): Promise<void> {
  await page.waitForSelector('.controls .primary:not(:disabled)');
  await page.click('.controls .primary');
}

/** Resolves when so many steps are done, or the run has ended. */
export const stepsDone = (page: Page, steps: number, timeout = 3600_000) =>
  page.waitForFunction(
    (wanted) => {
      const shown = (id: string) => document.querySelector(`[data-testid=${id}]`)?.textContent;
      return Number(shown('step-now')) >= wanted || (shown('status') ?? '').includes('Finished');
    },
    { timeout, polling: 200 },
    steps,
  );

export const runEnded = (page: Page, timeout = 3600_000) =>
  page.waitForFunction(
    () => (document.querySelector('[data-testid=status]')?.textContent ?? '').includes('Finished'),
    { timeout, polling: 200 },
  );

/** The metrics of the newest stored run. */
export const storedMetrics = (page: Page): Promise<StepMetrics[]> =>
  page.evaluate(async () => {
    const ask = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(new Error(String(request.error)));
      });
    const database = await ask(indexedDB.open('rft-playground'));
    const reading = database.transaction(['runs', 'metrics']);
    const runs = (await ask(reading.objectStore('runs').getAll())) as {
      id: string;
      createdAt: number;
    }[];
    const id = runs.sort((a, b) => b.createdAt - a.createdAt)[0]?.id ?? '';
    const range = IDBKeyRange.bound([id, 0], [id, Infinity]);
    const rows = (await ask(reading.objectStore('metrics').getAll(range))) as StepMetrics[];
    database.close();
    return rows;
  });

/** The page's own heap, once its garbage is gone. */
export async function heapMB(page: Page): Promise<number> {
  const session = await page.createCDPSession();
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  await session.detach();
  return usedSize / 1e6;
}
