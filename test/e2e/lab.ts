/**
 * What a visitor does in the Lab and reads off it, for the end-to-end tests. Everything goes
 * through what the page shows: accessible names and data-testids. It asserts nothing; waiting
 * for something that never comes fails after PATIENCE.
 */
import type { Locator, Page } from 'playwright-core';
import { inject } from 'vitest';
import { parseConfig } from '../../src/rft/config.ts';
import type { RunConfig } from '../../src/rft/configTable.ts';
import { encodeLink } from '../../src/rft/link.ts';
import { fragmentOf, pageOf, type PageId } from '../../src/session/pages.ts';

/** The first WebGPU step compiles its shaders, in software, on two cores. */
export const PATIENCE = 180_000;

type Settings = { -readonly [K in keyof RunConfig]?: RunConfig[K] };

/** A run of seconds, with a checkpoint at every step. */
export const tiny: Settings = {
  numPrompts: 2,
  generationBatchSize: 4,
  numGenerations: 4,
  maxCompletionLength: 8,
  numEvalPrompts: 4,
  numEvalGenerations: 1,
  maxSteps: 6,
  saveSteps: 1,
  evalSteps: 3,
  warmupSteps: 1,
};

/** The same with steps of half a second or so: long enough to press something before the end. */
export const unhurried: Settings = {
  ...tiny,
  generationBatchSize: 256,
  numGenerations: 8,
  maxCompletionLength: 48,
};

/** On WebGPU in software: one prompt, so that shaders are compiled for few shapes. */
export const tinyWebGpu: Settings = { ...tiny, numPrompts: 1, maxSteps: 4, evalSteps: 4 };

/** The address of the page with this recipe. */
export function linkTo(settings: Settings): string {
  const { config, problems } = parseConfig(settings);
  if (!config) throw new Error(`internal: ${JSON.stringify(problems)}`);
  return `${inject('appUrl')}#${encodeLink(config)}`;
}

/** Goes to a page beside the Lab by its address, and waits until it is there. */
export async function openPage(page: Page, id: PageId, query = ''): Promise<void> {
  await page.goto(`${inject('appUrl')}${fragmentOf(id, query)}`);
  await page.waitForFunction((title) => document.title.includes(title), pageOf(id).title);
  await page.locator('main.beside h2').first().waitFor();
}

/** What Run says while a run is paused. */
const alias: Record<string, RegExp> = { Run: /^(Run|Go on)$/ };

export const press = (page: Page, name: string): Promise<void> =>
  page.getByRole('button', { name: alias[name] ?? name, exact: true }).click({ timeout: PATIENCE });

/** Fills in settings by their labels. */
export async function setFields(page: Page, values: Record<string, number>): Promise<void> {
  for (const [label, value] of Object.entries(values)) {
    await page.getByLabel(label, { exact: true }).fill(String(value));
  }
}

/** As small as a run of a task's default recipe can be made by hand: two steps. */
export const twoSteps = {
  Steps: 2,
  'Completions per step': 8,
  'Longest completion': 16,
  'Held-out prompts': 4,
  'Samples per held-out prompt (k)': 1,
  'Evaluate every': 2,
};

/** Waits until a text stands in the status line. */
export async function waitForStatus(page: Page, text: string | RegExp): Promise<void> {
  await page.getByTestId('status').filter({ hasText: text }).waitFor({ timeout: PATIENCE });
}

/** Waits until at least `step` steps are done; the step that is shown then. */
export async function waitForStep(page: Page, step: number): Promise<number> {
  const shown = page.getByTestId('step-now');
  const handle = await shown.elementHandle({ timeout: PATIENCE });
  await page.waitForFunction(
    ([element, least]) => Number(element.textContent) >= least,
    [handle, step] as const,
    { timeout: PATIENCE },
  );
  return Number(await shown.textContent());
}

export const waitForEnd = (page: Page): Promise<void> => waitForStatus(page, /^Finished after/);

export async function pause(page: Page): Promise<void> {
  await press(page, 'Pause');
  await waitForStatus(page, /^Paused at step/);
}

/** A message above the Lab, once it is there. */
export async function banner(page: Page, text: string | RegExp): Promise<Locator> {
  const found = page.locator('[role=alert], [role=region]').filter({ hasText: text }).first();
  await found.waitFor({ timeout: PATIENCE });
  return found;
}

/** Held-out greedy accuracy in [0, 1] as shown; null when none is. */
export async function heldOut(page: Page, which: 'eval-base' | 'eval-now'): Promise<number | null> {
  const value = await page.getByTestId(which).getAttribute('data-value');
  return value === null ? null : Number(value);
}

export type MetricRow = Record<string, string>;

/** All metrics of the shown run, in full precision, step by step; times left out. */
export async function readMetrics(page: Page): Promise<MetricRow[]> {
  const table = page.getByTestId('metrics-table');
  if (!(await table.isVisible())) await page.getByText('All metrics as a table').click();
  await table.waitFor();
  return table.evaluate((element) =>
    [...element.querySelectorAll('tr[data-step]')].map((row) => {
      const cells = [...row.querySelectorAll<HTMLElement>('td[data-value]')];
      const values = cells
        .map(({ dataset }) => [dataset.key ?? '', dataset.value ?? ''] as const)
        .filter(([key]) => key !== 'step_time' && key !== 'eval_time');
      return { step: (row as HTMLElement).dataset.step ?? '', ...Object.fromEntries(values) };
    }),
  );
}

/** The address that Share gives. */
export async function share(page: Page): Promise<string> {
  await press(page, 'Share');
  const url = await page.getByTestId('share-url').inputValue();
  await press(page, 'Close');
  return url;
}

/** Leaves the page and comes back, as after a crash or a closed tab: the profile stays. */
export async function reopen(page: Page, url = page.url()): Promise<Page> {
  const fresh = await page.context().newPage();
  await page.close();
  await fresh.goto(url);
  return fresh;
}
