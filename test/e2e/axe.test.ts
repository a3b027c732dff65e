/** Every page and dialog through axe: no violation of its rules, in either theme, wide and narrow. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import type { PageId } from '../../src/session/pages.ts';
import { visit } from './browser.ts';
import { linkTo, openPage, PATIENCE, press, share, tiny, waitForEnd } from './lab.ts';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds wrong: the rule, and the elements. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(source);
  const results = await page.evaluate(() =>
    (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
  );
  return results.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary}`),
  );
}

/** Brings up what a page shows only after something was asked of it. */
const fill: Partial<Record<PageId, (page: Page) => Promise<void>>> = {
  compare: async (page) => {
    const over = page.getByTestId('race-status').filter({ hasText: 'Over.' });
    await page
      .getByRole('button', { name: /^Fork / })
      .last()
      .click();
    await page.getByTestId('fork-panel').locator('select').first().waitFor();
    await press(page, 'Start the race');
    await over.waitFor({ timeout: PATIENCE });
  },
  try: async (page) => {
    await press(page, '16 held-out prompts');
    await page.getByTestId('duels').waitFor({ timeout: PATIENCE });
  },
};

test.each([
  ['light, desktop', 'light', { width: 1440, height: 900 }],
  ['dark, phone', 'dark', { width: 360, height: 740 }],
] as const)('%s', async (_, colorScheme, viewport) => {
  const visitor = await visit(linkTo({ ...tiny, maxSteps: 2, evalSteps: 2 }), {
    webgpu: false,
    colorScheme,
    viewport,
  });
  const { page } = visitor;
  const found: Record<string, string[]> = {};
  if (viewport.width < 1000) await page.locator('aside summary').first().click();
  await page.getByRole('button', { name: 'add reward' }).first().click();
  found['menu'] = await violations(page);
  await page.getByRole('menuitem', { name: /^Number within/ }).click();
  await page.getByRole('dialog').getByLabel('Name').waitFor();
  found['dialog'] = await violations(page);
  await press(page, 'Save');
  await press(page, 'Dry run');
  await page.getByTestId('dry-run').waitFor({ timeout: 60_000 });
  found['dry run'] = await violations(page);
  await press(page, 'Close');
  await press(page, 'Step');
  const magnifier = page.getByTestId('magnifier');
  await magnifier.getByRole('button', { name: 'Step and look' }).click({ timeout: PATIENCE });
  await magnifier.getByText(/^Step \d, prompt/).waitFor({ timeout: PATIENCE });
  await waitForEnd(page);
  await page.getByText('Everything else').click();
  found['lab'] = await violations(page);
  const shared = await share(page);
  for (const id of ['compare', 'try', 'learn', 'step', 'when', 'chains', 'runs'] as const) {
    await openPage(page, id);
    await page.waitForTimeout(500);
    await fill[id]?.(page);
    found[id] = await violations(page);
  }
  await page
    .getByRole('button', { name: /^Export / })
    .first()
    .click();
  await page.getByRole('dialog').getByText('Every checkpoint').waitFor();
  found['export'] = await violations(page);
  await page.goto(shared);
  await page.getByRole('button', { name: 'Verify' }).waitFor();
  found['claim'] = await violations(page);
  expect(Object.entries(found).filter(([, list]) => list.length > 0)).toEqual([]);
  await visitor.close();
});
