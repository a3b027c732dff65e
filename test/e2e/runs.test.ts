/**
 * The Runs page on real runs: checkpoints are pinned, gone on from, forked and deleted, forks hang
 * under what they left, and room is made only by who asks for it. Screenshots: test-results/.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { expect, inject, test } from 'vitest';
import { decodeLink } from '../../src/rft/link.ts';
import { visit } from './browser.ts';
import {
  banner,
  linkTo,
  press,
  readMetrics,
  share,
  tiny,
  waitForEnd,
  waitForStatus,
} from './lab.ts';

const RESULTS = 'test-results';
mkdirSync(RESULTS, { recursive: true });

const wasm = { webgpu: false };
const looks = [
  ['desktop', { width: 1280, height: 800 }],
  ['phone', { width: 360, height: 740 }],
] as const;

/** Shows the Runs page, with the checkpoints of the first run unfolded. */
async function openRuns(page: Page): Promise<Locator> {
  await page.getByRole('link', { name: /^Runs/ }).click();
  const row = page.getByTestId('runs').getByRole('article').first();
  await row.getByRole('button', { name: /^Checkpoints of/ }).click();
  await row.locator('[data-step]').first().waitFor();
  return row;
}

const stepsIn = (row: Locator): Promise<number[]> =>
  row
    .locator('[data-step]')
    .evaluateAll((found) => found.map((one) => Number((one as HTMLElement).dataset.step)));

async function finishedRun(page: Page) {
  await press(page, 'Run');
  await waitForEnd(page);
  return readMetrics(page);
}

async function takePictures(page: Page, name: string): Promise<void> {
  for (const [look, viewport] of looks) {
    await page.setViewportSize(viewport);
    await page.screenshot({ path: `${RESULTS}/${name}-${look}.png`, fullPage: true });
    const sideways = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    expect(sideways).toBe(false);
  }
  await page.setViewportSize(looks[0][1]);
}

test('going on from an older checkpoint repeats the run in a branch, and the run keeps all', async () => {
  const visitor = await visit(linkTo(tiny), { ...wasm, colorScheme: 'dark' });
  const { page } = visitor;
  const original = await finishedRun(page);
  const row = await openRuns(page);
  expect(await stepsIn(row)).toEqual([6, 5, 4, 3, 2, 1]);

  await row.getByRole('button', { name: /^Pin step 2 / }).click();
  await row.getByText('★ Pinned').waitFor();
  expect(await row.getByRole('button', { name: /^Delete step 2 / }).count()).toBe(0);
  expect(await row.getByRole('button', { name: /^Delete step 6 / }).count()).toBe(0);
  await row.getByRole('button', { name: /^Delete step 1 / }).click();
  await expect.poll(() => stepsIn(row)).toEqual([6, 5, 4, 3, 2]);

  await row.getByRole('button', { name: /^Go on from step 3 / }).click();
  await waitForEnd(page);
  expect(await readMetrics(page)).toEqual(original);
  await page.getByRole('link', { name: /^Runs/ }).click();
  const forks = page.getByRole('list', { name: /^Forks of/ });
  await forks.getByText(/^Fork from step 3 of “.+”: no change$/).waitFor();
  const parent = await openRuns(page);
  expect(await stepsIn(parent)).toEqual([6, 5, 4, 3, 2]);

  await parent.getByRole('button', { name: /^Fork step 4 / }).click();
  await page.getByRole('textbox', { name: 'Learning rate' }).fill('0.02');
  await takePictures(page, 'runs-fork');
  await press(page, 'Start the fork');
  await waitForEnd(page);
  await page.getByRole('link', { name: /^Runs/ }).click();
  await forks.getByText(/^Fork from step 4 of “.+”: Learning rate .+ → 0\.02$/).waitFor();
  await visitor.close();
});

test('a stored run is opened again as it ended, with its receipt, and no trainer', async () => {
  const visitor = await visit(linkTo(tiny), wasm);
  const { page } = visitor;
  const original = await finishedRun(page);
  await page.goto(`${inject('appUrl')}#runs`);
  await page.reload();
  await page.getByRole('button', { name: /^Open in the Lab: / }).click();
  await waitForStatus(page, /^Finished after 6 steps/);
  expect(await readMetrics(page)).toEqual(original);
  const rollouts = page.getByTestId('rollouts');
  expect(await rollouts.textContent()).toContain('not kept with a stored run');
  expect(decodeLink(new URL(await share(page)).hash).receipt?.milestones.at(-1)?.step).toBe(6);
  await visitor.close();
});

// Chromium tells pages a quota that is none, so only a write that fails shows that room is short.
// It remembers for half a minute how much it had found: the disk is made full in a fresh browser.
test('on a full disk the oldest checkpoints are offered, and go only when told to', async () => {
  const profile = mkdtempSync(join(tmpdir(), 'full-'));
  const before = await visit(linkTo(tiny), { ...wasm, profile });
  await finishedRun(before.page);
  const first = await openRuns(before.page);
  await first.getByRole('button', { name: /^Pin step 1 / }).click();
  const storage = before.page.getByTestId('storage');
  await storage.getByRole('meter', { name: 'Room used' }).waitFor();
  const said = (await storage.textContent())?.replace(/\s+/g, ' ');
  expect(said).toMatch(/MB used, .+ left of the .+ that the browser allows this site/);
  expect(said).toMatch(/The browser (may clear|has agreed to keep)/);
  expect(await before.page.getByTestId('make-room').count()).toBe(0);
  await before.close();

  const visitor = await visit(linkTo({ ...tiny, seed: 2 }), { ...wasm, profile });
  const { page } = visitor;
  const session = await page.context().newCDPSession(page);
  const { origin } = new URL(inject('appUrl'));
  await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 100_000 });
  await press(page, 'Run');
  await banner(page, 'no room left');
  await press(page, 'Make room');
  const panel = page.getByTestId('make-room');
  await panel.getByText('Room runs short').waitFor();
  const boxes = panel.getByRole('checkbox');
  expect(await boxes.count()).toBe(4); // of six, one is pinned and one the newest
  await takePictures(page, 'runs-room');
  await boxes.last().uncheck();
  await panel.getByRole('button', { name: /^Remove 3 checkpoints, which frees .+MB$/ }).click();
  await expect.poll(() => boxes.count()).toBe(1);
  expect(await stepsIn(await openRuns(page))).toEqual([6, 5, 1]);

  await session.send('Storage.overrideQuotaForOrigin', { origin });
  await page.getByRole('link', { name: /^Lab/ }).click();
  await press(page, 'Start again');
  await waitForEnd(page);
  await visitor.close();
  rmSync(profile, { recursive: true });
});
