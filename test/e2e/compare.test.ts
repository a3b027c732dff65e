/**
 * What Compare starts, for real: a fork from a checkpoint repeats the run it came from until it is
 * told otherwise, and a race brings two methods to the end in turns. (Its table and curves:
 * test/ui/compare.test.ts.)
 */
import { expect, test } from 'vitest';
import { visit } from './browser.ts';
import {
  linkTo,
  openPage,
  PATIENCE,
  press,
  readMetrics,
  tiny,
  waitForEnd,
  waitForStatus,
} from './lab.ts';

test('a fork without a change gives the same metrics; with one it parts there', async () => {
  const visitor = await visit(linkTo({ ...tiny, learningRate: 1e-3 }), { webgpu: false });
  const { page } = visitor;
  await press(page, 'Run');
  await waitForEnd(page);
  const original = await readMetrics(page);

  const fork = async (rate: string | null) => {
    await page.getByRole('link', { name: /^Compare/ }).click();
    await page
      .getByRole('button', { name: /^Fork / })
      .last()
      .click();
    const from = page.getByTestId('fork-panel').locator('label.from select');
    const label = await from.locator('option', { hasText: 'step 3 ' }).first().textContent();
    await from.selectOption({ label: label ?? '' });
    if (rate !== null) await page.getByRole('textbox', { name: 'Learning rate' }).fill(rate);
    await press(page, 'Start the fork');
    await waitForEnd(page);
    return readMetrics(page);
  };

  const same = await fork(null);
  const after3 = (rows: typeof same) => rows.filter(({ step }) => Number(step) > 3);
  expect(after3(same)).toHaveLength(3);
  expect(after3(same)).toEqual(after3(original));
  const other = await fork('0.02');
  const rates = (rows: typeof other) => rows.map((row) => Number(row['learning_rate']));
  expect(rates(other).slice(0, 3)).toEqual(rates(original).slice(0, 3));
  expect(rates(other)[5]).not.toBe(rates(original)[5]);
  await visitor.close();
});

test('a race brings both methods to the end, and keeps both runs', async () => {
  const visitor = await visit(linkTo(tiny), { webgpu: false });
  const { page } = visitor;
  await page.getByRole('link', { name: /^Compare/ }).click();
  await press(page, 'Start the race');
  const lanes = page.getByTestId('race-lanes').locator('tbody tr');
  await lanes.nth(1).filter({ hasText: '6 / 6' }).waitFor({ timeout: PATIENCE });
  await lanes.nth(0).filter({ hasText: '6 / 6' }).waitFor({ timeout: PATIENCE });
  await expect.poll(() => page.getByRole('button', { name: /^Fork / }).count()).toBe(2);
  const again = page.getByRole('button', { name: 'Start the race' });
  expect(await again.isEnabled()).toBe(true);
  await visitor.close();
});

test('while a race goes the device is the race’s, on every page, and the title tells of it', async () => {
  const visitor = await visit(linkTo(tiny), { webgpu: false });
  const { page } = visitor;
  await press(page, 'Run');
  await waitForEnd(page);
  await openPage(page, 'compare');
  await press(page, 'Start the race');
  await page.waitForFunction(() => /^RFT \d, SFT \d of 6 · Compare/.test(document.title));
  await press(page, 'Pause');
  const isOff = (name: string | RegExp): Promise<boolean> =>
    page.getByRole('button', { name }).first().isDisabled({ timeout: PATIENCE });

  await openPage(page, 'try');
  await page.getByText('A race is in progress in Compare: end it to ask.').waitFor();
  expect([await isOff('Ask both'), await isOff(/held-out prompts$/)]).toEqual([true, true]);
  await openPage(page, 'runs');
  await page.getByText('A race is in progress in Compare: end it to go on').waitFor();
  expect(await isOff('Open in the Lab')).toBe(true);
  const finished = page.locator('article').filter({ hasText: 'step 6 of 6' });
  await finished.getByRole('button', { name: 'Checkpoints' }).click();
  expect([await isOff(/^Go on from/), await isOff(/^Fork step/)]).toEqual([true, true]);
  await page.getByRole('link', { name: /^Lab/ }).click();
  await waitForStatus(page, 'A race is in progress in Compare: end it to run.');
  expect([await isOff(/^Run$/), await isOff('Dry run')]).toEqual([true, true]);

  await openPage(page, 'compare');
  await press(page, 'Stop');
  await page.getByTestId('race-status').filter({ hasText: 'Over.' }).waitFor({ timeout: PATIENCE });
  await page.waitForFunction(() => document.title.startsWith('6/6 · Compare'));
  await openPage(page, 'try');
  await expect.poll(() => isOff('Ask both')).toBe(false);
  await visitor.close();
});
