/**
 * The page itself: it fits phone and desktop in light and dark, can be worked by keyboard, stays
 * still while a run goes, and asks no other host for anything. Screenshots of a run in progress, and
 * what was measured (the longest task too, which the machine decides), are left in test-results/.
 */
import { mkdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import type { Locator, Page } from 'playwright-core';
import { expect, inject, test } from 'vitest';
import { visit } from './browser.ts';
import { linkTo, openPage, press, tiny, unhurried, waitForStatus, waitForStep } from './lab.ts';

const RESULTS = 'test-results';
mkdirSync(RESULTS, { recursive: true });

/** What the browser itself reports of layout shifts and long tasks, added up in the page. */
interface Watched {
  shift: number;
  longest: number;
}

function startWatching(page: Page): Promise<void> {
  return page.evaluate(() => {
    const watched = { shift: 0, longest: 0 };
    Object.assign(window, { watched });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & { value: number })[]) {
        watched.shift += entry.value;
      }
    }).observe({ type: 'layout-shift' });
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) {
        watched.longest = Math.max(watched.longest, duration);
      }
    }).observe({ type: 'longtask' });
  });
}

const readWatched = (page: Page): Promise<Watched> =>
  page.evaluate(() => (window as unknown as { watched: Watched }).watched);

const hasSidewaysScroll = (page: Page): Promise<boolean> =>
  page.evaluate(() => document.documentElement.scrollWidth > innerWidth);

const beside = ['compare', 'try', 'runs', 'learn', 'step', 'when', 'chains'] as const;

const phone = { width: 360, height: 740 };
const desktop = { width: 1440, height: 900 };
/** 1920 × 1080 at 150 %. */
const projector = { width: 1280, height: 720 };

test.each([
  ['phone-light', phone, 'light'],
  ['phone-dark', phone, 'dark'],
  ['desktop-light', desktop, 'light'],
  ['desktop-dark', desktop, 'dark'],
  ['projector-light', projector, 'light'],
  ['projector-dark', projector, 'dark'],
] as const)('%s: fits and stays still while a run goes', async (name, viewport, colorScheme) => {
  const recipe = linkTo({ ...unhurried, maxCompletionLength: 32, maxSteps: 40, evalSteps: 4 });
  const deviceScaleFactor = viewport === projector ? 1.5 : 1;
  const look = { viewport, colorScheme, deviceScaleFactor };
  const visitor = await visit('about:blank', { webgpu: false, ...look });
  const { page } = visitor;
  const requests: string[] = [];
  page.context().on('request', (request) => requests.push(request.url()));
  await page.goto(recipe);
  await page.getByTestId('device').getByText('WASM').waitFor();
  expect(await hasSidewaysScroll(page)).toBe(false);
  await press(page, 'Run');
  await waitForStep(page, 1);
  await startWatching(page);
  await waitForStep(page, 7);
  const { shift, longest } = await readWatched(page);
  await writeFile(`${RESULTS}/${name}.json`, JSON.stringify({ shift, longest }));
  expect(await hasSidewaysScroll(page)).toBe(false);
  expect(shift).toBeLessThan(0.02);
  await page.screenshot({ path: `${RESULTS}/${name}.png`, fullPage: true });
  for (const id of beside) {
    await openPage(page, id);
    expect([id, await hasSidewaysScroll(page)]).toEqual([id, false]);
    await page.screenshot({ path: `${RESULTS}/${name}-${id}.png`, fullPage: true });
  }
  const { origin } = new URL(inject('appUrl'));
  expect(requests.filter((url) => new URL(url).origin !== origin)).toEqual([]);
  expect(requests.some((url) => url.endsWith('model.safetensors'))).toBe(true);
  await visitor.close();
});

test('a run is set up, started, paused, stepped and stopped by keyboard alone', async () => {
  const visitor = await visit(linkTo({ ...tiny, maxSteps: 5000, saveSteps: 1000 }), {
    webgpu: false,
  });
  const { page } = visitor;
  const tabTo = async (wanted: Locator): Promise<void> => {
    const reached = () => wanted.evaluate((element) => element === document.activeElement);
    for (let presses = 0; !(await reached()) && presses < 200; presses++) {
      await page.keyboard.press('Tab');
    }
    expect(await reached()).toBe(true);
  };
  const button = (name: string) => page.getByRole('button', { name, exact: true });
  await tabTo(page.getByLabel('Steps', { exact: true }));
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type('4000');
  await tabTo(button('Run'));
  await page.keyboard.press('Space');
  await waitForStep(page, 1);
  await page.keyboard.press('Space');
  await waitForStatus(page, /^Paused at step/);
  const leftAlone = (role: 'slider' | 'region') =>
    page
      .locator(`[role=${role}][tabindex="0"]`)
      .first()
      .evaluate((own) =>
        own.dispatchEvent(
          new KeyboardEvent('keydown', { key: ' ', bubbles: true, cancelable: true }),
        ),
      );
  expect([await leftAlone('slider'), await leftAlone('region')]).toEqual([true, true]);
  const at = await waitForStep(page, 1);
  await page.keyboard.press('.');
  await waitForStatus(page, new RegExp(`^Paused at step ${at + 1}\\b`));
  await page.keyboard.press('Space');
  await waitForStatus(page, /^Step|^Running/);
  await tabTo(button('Stop'));
  await page.keyboard.press('Enter');
  await waitForStatus(page, /^Stopped/);
  await visitor.close();
});

test('an impossible setting is refused at its field, and can be reset; memory follows', async () => {
  const visitor = await visit(inject('appUrl'), { webgpu: false });
  const { page } = visitor;
  const field = page.getByLabel('Completions per step', { exact: true });
  const runButton = page.getByRole('button', { name: 'Run', exact: true });
  await field.fill('7');
  await page.locator('#field-generationBatchSize-problem').getByText('not a multiple').waitFor();
  expect(await field.getAttribute('aria-invalid')).toBe('true');
  expect(await runButton.isDisabled()).toBe(true);
  await press(page, 'Reset Completions per step');
  expect(await field.inputValue()).toBe('64');
  expect(await runButton.isEnabled()).toBe(true);
  const memory = () => page.getByTestId('memory').textContent();
  const before = await memory();
  expect(before).toMatch(/^about \d+\sMB$/);
  await field.fill('1024');
  await expect.poll(memory).not.toBe(before);
  await visitor.close();
});
