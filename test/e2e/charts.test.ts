/**
 * The charts of a real run: a pinned step leads to its rollouts, a zoom holds for all of them, keys
 * do what the mouse does, and what is saved is what was measured. On a phone they do not catch the
 * page's scrolling.
 */
import { readFile } from 'node:fs/promises';
import Papa from 'papaparse';
import type { Locator, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { visit } from './browser.ts';
import { linkTo, openPage, press, readMetrics, tiny, waitForEnd } from './lab.ts';

const STEPS = 12;
const recipe = { ...tiny, maxSteps: STEPS, saveSteps: 4, evalSteps: 4 };

const chart = (page: Page, id: string): Locator =>
  page.getByTestId(`chart-${id}`).getByRole('slider');

async function ran(options: Parameters<typeof visit>[1] = {}) {
  const visitor = await visit(linkTo(recipe), { webgpu: false, ...options });
  await press(visitor.page, 'Run');
  await waitForEnd(visitor.page);
  return visitor;
}

/** Where a step is on a chart that shows `from` to `to`, from the plot's own element. */
async function placeOf(slider: Locator, step: number, from = 0, to = STEPS) {
  const plot = await slider.locator('.u-over').boundingBox();
  if (plot === null) throw new Error('internal: the chart has no plot');
  return {
    x: plot.x + ((step - from) / (to - from)) * plot.width,
    y: plot.y + plot.height / 2,
  };
}

async function drag(page: Page, slider: Locator, from: number, to: number): Promise<void> {
  await slider.scrollIntoViewIfNeeded();
  const [a, b] = [await placeOf(slider, from), await placeOf(slider, to)];
  await page.mouse.move(a.x, a.y);
  await page.mouse.down();
  await page.mouse.move((a.x + b.x) / 2, a.y, { steps: 4 });
  await page.mouse.move(b.x, b.y, { steps: 4 });
  await page.mouse.up();
}

/** With a finger, by real touch events: Input.synthesizeScrollGesture scrolls nothing headless. */
async function swipeUp(page: Page, { x, y }: { x: number; y: number }, by: number) {
  const cdp = await page.context().newCDPSession(page);
  const touch = (
    type: 'touchStart' | 'touchMove' | 'touchEnd',
    touchPoints: { x: number; y: number }[],
  ) => cdp.send('Input.dispatchTouchEvent', { type, touchPoints });
  await touch('touchStart', [{ x, y }]);
  for (let i = 1; i <= 10; i++) await touch('touchMove', [{ x, y: y - (by * i) / 10 }]);
  await touch('touchEnd', []);
}

async function saved(page: Page, type: string): Promise<Buffer> {
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    press(page, `Save Reward in training as ${type}`),
  ]);
  expect(file.suggestedFilename()).toBe(`reward.${type.toLowerCase()}`);
  return readFile(await file.path());
}

test('pin, zoom and smoothing hold for all charts; the pinned step’s rollouts are shown', async () => {
  const visitor = await ran();
  const { page } = visitor;
  const [pinned, zoomed] = [page.getByTestId('pinned'), page.getByTestId('zoomed')];
  const entropy = chart(page, 'entropy');
  await entropy.scrollIntoViewIfNeeded();
  const before = await entropy.boundingBox();
  const spot = await placeOf(entropy, 5);
  await page.mouse.click(spot.x, spot.y);
  expect(await pinned.textContent()).toContain('step 5 pinned');
  await page.getByTestId('rollout-step').getByText('step 5', { exact: true }).waitFor();
  await page.mouse.move(0, 0);
  const reward = page.getByTestId('chart-reward').locator('[data-key=reward]').first();
  const rows = await readMetrics(page);
  expect(Number((await reward.textContent())?.replace('−', '-'))).toBeCloseTo(
    Number(rows[5]!['reward']),
    2,
  );

  await drag(page, entropy, 3, 9);
  expect(await zoomed.textContent()).toBe('steps 3 to 9');
  expect(await pinned.textContent()).toContain('step 5 pinned'); // a drag is no click
  await page.keyboard.press('Escape');
  expect(await pinned.textContent()).toContain('click a chart');
  const shown = page.getByTestId('rollout-step');
  expect(await shown.textContent()).toBe(`step ${STEPS}`);
  await chart(page, 'length').focus();
  await page.keyboard.press('Home');
  expect(await chart(page, 'reward').getAttribute('aria-valuenow')).toBe('3');

  await page.getByRole('combobox', { name: /^Smoothing/ }).selectOption('strong');
  const smoothed = (await saved(page, 'SVG')).toString();
  expect(smoothed.match(/opacity="0.3"/g)).toHaveLength(3); // total, correct, format behind theirs
  await entropy.scrollIntoViewIfNeeded();
  const middle = await placeOf(entropy, 5, 3, 9);
  await page.mouse.dblclick(middle.x, middle.y);
  expect(await zoomed.textContent()).toBe('whole run');
  // Its two clicks pinned and let go: the rollouts follow as before.
  expect(await shown.textContent()).toBe(`step ${STEPS}`);
  expect(await page.getByRole('button', { name: 'newest' }).isDisabled()).toBe(true);
  const after = await entropy.boundingBox();
  expect([after?.height, after?.width]).toEqual([before?.height, before?.width]);
  await visitor.close();
});

test('by keyboard: move, hear, pin, zoom; the loss says why it is near 0', async () => {
  const visitor = await ran();
  const { page } = visitor;
  const slider = chart(page, 'reward');
  await slider.focus();
  await page.keyboard.press('End');
  for (const key of ['ArrowLeft', 'ArrowLeft', 'ArrowRight']) await page.keyboard.press(key);
  expect(await slider.getAttribute('aria-valuenow')).toBe(String(STEPS - 1));
  expect(await slider.getAttribute('aria-valuetext')).toMatch(
    new RegExp(`^step ${STEPS - 1}: total .+, correct .+, format .+`),
  );
  expect(await page.getByTestId('chart-length').getByTestId('told-step').textContent()).toContain(
    `step ${STEPS - 1}`,
  );
  await page.keyboard.press('Enter');
  expect(await page.getByTestId('pinned').textContent()).toContain(`step ${STEPS - 1} pinned`);
  expect(await page.getByTestId('rollout-step').textContent()).toBe(`step ${STEPS - 1}`);
  await page.keyboard.press('Home');
  await page.keyboard.press('Enter');
  await page.getByText('There are no rollouts of step 0; step 1 is shown.').waitFor();
  await press(page, 'Unpin');
  expect(await page.getByTestId('missing-step').count()).toBe(0);
  expect(await page.getByTestId('rollout-step').textContent()).toBe(`step ${STEPS}`);
  await slider.focus();
  for (const key of ['End', 'ArrowLeft', 'Enter', '+']) await page.keyboard.press(key);
  expect(await page.getByTestId('zoomed').textContent()).toBe(`steps ${STEPS - 6} to ${STEPS}`);
  await page.keyboard.press('Escape');
  await press(page, 'Reset zoom');
  expect(await page.getByTestId('zoomed').textContent()).toBe('whole run');
  await page.getByText('Loss, and why it says little').click();
  await page.getByText('every probability ratio is exactly 1').waitFor();
  await chart(page, 'rftLoss').waitFor();
  await visitor.close();
});

test('a chart’s files: CSV has the metrics in full, SVG stands alone, PNG is twice as large', async () => {
  const visitor = await ran();
  const { page } = visitor;
  const rows = (await readMetrics(page)).filter((row) => row['reward'] !== undefined);
  const keys = ['step', 'reward', 'rewards/correct/mean', 'rewards/format/mean'];
  const csv = Papa.parse<Record<string, string>>((await saved(page, 'CSV')).toString(), {
    header: true,
    skipEmptyLines: true,
  });
  expect(csv.meta.fields).toEqual(keys);
  expect(rows).toHaveLength(STEPS);
  expect(csv.data).toEqual(
    rows.map((row) => Object.fromEntries(keys.map((key) => [key, row[key] ?? '']))),
  );

  const svg = (await saved(page, 'SVG')).toString();
  const elsewhere = await page.context().newPage(); // the page itself makes no tree out of text
  const [root, words, paths] = await elsewhere.evaluate((text) => {
    const parsed = new DOMParser().parseFromString(text, 'image/svg+xml');
    const { documentElement: element } = parsed;
    return [element.tagName, element.textContent, parsed.querySelectorAll('path').length] as const;
  }, svg);
  expect(root).toBe('svg');
  expect(words).toContain('Reward in training');
  expect(words).toContain('correct');
  expect(paths).toBe(3 + STEPS / 4); // lines, and triangles of checkpoints
  expect(svg).not.toMatch(/href|url\(/);

  const png = await saved(page, 'PNG');
  expect(png.subarray(1, 4).toString()).toBe('PNG');
  expect(png.readUInt32BE(16)).toBe(1440);

  // Opened from storage, the run has all its checkpoints on the charts, not the newest alone.
  await openPage(page, 'runs');
  await page.reload();
  await page.getByRole('button', { name: /^Open in the Lab: / }).click();
  await waitForEnd(page);
  await expect
    .poll(async () => (await saved(page, 'SVG')).toString().match(/<path/g)?.length)
    .toBe(3 + STEPS / 4);
  await visitor.close();
});

test('on a phone a tap pins, and a swipe over a chart scrolls the page', async () => {
  const visitor = await ran({ viewport: { width: 360, height: 740 }, hasTouch: true });
  const { page } = visitor;
  const entropy = chart(page, 'entropy');
  await entropy.scrollIntoViewIfNeeded();
  const spot = await placeOf(entropy, 6);
  await page.touchscreen.tap(spot.x, spot.y);
  await page.getByTestId('pinned').getByText('step 6 pinned').waitFor();
  const from = await page.evaluate(() => scrollY);
  await swipeUp(page, spot, 150);
  await expect.poll(() => page.evaluate(() => scrollY)).toBeGreaterThan(from + 100);
  expect(await page.getByTestId('zoomed').textContent()).toBe('whole run');
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
  await visitor.close();
});
