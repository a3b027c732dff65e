/** Rollouts as a visitor goes through them: search, export, two steps side by side, the magnifier. */
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { visit } from './browser.ts';
import { linkTo, PATIENCE, press, tiny, waitForStatus, waitForStep } from './lab.ts';

test('a step is found again, held against another, exported, and put under the magnifier', async () => {
  // Two prompts of which each step takes one, so that every other step has the same.
  const visitor = await visit(linkTo({ ...tiny, maxSteps: 9, evalSteps: 9 }), {
    webgpu: false,
    reducedMotion: 'reduce',
  });
  const { page } = visitor;
  await press(page, 'Step');
  await waitForStep(page, 1);
  const panel = page.getByTestId('rollouts');
  const tokens = panel.locator('.tokens').first();
  await tokens.focus();
  await panel.getByText(/: probability .+ %/).waitFor();
  // A token that is clicked is the one that is told of, and stays so until the focus leaves.
  const long = panel.locator('.tokens:has(> span:nth-child(2))').first();
  const clicked = long.locator('span').nth(1);
  const name = (await clicked.textContent())!;
  await clicked.click();
  await page.mouse.move(2, 2);
  expect(await long.locator('.active').textContent()).toBe(name);
  const said = name === '⏎' ? 'end of completion:' : `“${name}”:`;
  expect(await panel.locator('.readout').textContent()).toContain(said);
  await long.blur();
  expect(await panel.locator('.readout').textContent()).toBe(
    'Point at or tap a token, or move along them with the arrow keys.',
  );
  expect(await panel.getByText('likeliest here:').count()).toBe(0);
  await panel.getByLabel('ask for alternatives').check();
  for (const step of [2, 3]) {
    await press(page, 'Step');
    await waitForStep(page, step);
    await tokens.focus();
    await panel.getByText(/likeliest here: .+ %/).waitFor();
  }
  await panel.screenshot({ path: 'test-results/alternatives.png' });
  await panel.getByLabel('ask for alternatives').uncheck();

  await panel.getByLabel('Compare with the same prompt at another step').selectOption('step 1');
  await panel.getByRole('heading', { name: 'step 1', exact: true }).waitFor();
  expect(await panel.getByTestId('rollouts-table').count()).toBe(2);
  await panel.getByText('entropy', { exact: true }).first().click();
  expect(await panel.getByRole('radio', { name: 'entropy' }).isChecked()).toBe(true);

  await panel.getByText('Search and export').click();
  await panel.getByText('12 in 3 steps kept').waitFor();
  await panel.getByLabel('text in prompt or completion').fill('nothing like it');
  await panel.getByText('0 in 3 steps kept').waitFor();
  await panel.getByLabel('text in prompt or completion').fill('');
  await panel
    .getByRole('button', { name: /^step 2/ })
    .first()
    .click();
  expect(await panel.getByTestId('rollout-step').textContent()).toBe('step 2');
  const downloaded = page.waitForEvent('download');
  await panel.getByRole('button', { name: 'Export 12 as JSONL' }).click();
  const lines = (await readFile(await (await downloaded).path(), 'utf8')).trim().split('\n');
  expect(lines.map((line) => (JSON.parse(line) as { step: number }).step)).toEqual([
    ...[3, 3, 3, 3, 2, 2, 2, 2, 1, 1, 1, 1],
  ]);
  await panel.getByText('Search and export').click();
  const status = panel.getByTestId('rollout-search').locator('[role=status]');
  await expect.poll(() => status.textContent()).toMatch(/^0 in 0\s/); // let go of

  const magnifier = page.getByTestId('magnifier');
  await magnifier.getByRole('button', { name: 'Step and look' }).click({ timeout: PATIENCE });
  await magnifier.getByText('Step 4, prompt').waitFor({ timeout: PATIENCE });
  expect(await magnifier.getByRole('heading', { level: 3 }).count()).toBe(6);
  await magnifier.getByText(/^Moved most in log-probability: .+\.$/).waitFor();
  // The result comes into view by itself.
  await page.waitForFunction(() => {
    const shown = document.querySelector('[data-testid=magnifier] ol')?.getBoundingClientRect();
    return shown !== undefined && shown.top > 0 && shown.top < innerHeight;
  });
  await magnifier.getByRole('radio').nth(1).check();
  await page.mouse.move(2, 2); // what scrolls past it would be pointed at
  await magnifier.getByRole('group', { name: 'tokens of completion 1', exact: true }).focus();
  await magnifier.getByText(/likeliest here: .+ %/).waitFor();
  // Pointed at by keys: the same symbol lights up where its number stands.
  await magnifier.getByRole('button', { name: /the mean reward of the group/ }).focus();
  expect(await magnifier.locator('.quantity.lit').count()).toBeGreaterThan(2);
  // What was measured is there in the rollouts as well.
  await panel.getByRole('button', { name: 'newest' }).click();
  await panel.getByText('credit', { exact: true }).first().click();
  await panel.getByText('moved as wanted').first().waitFor();
  await press(page, 'Stop');
  await waitForStatus(page, /^Stopped|^Finished/);
  await magnifier.getByRole('button', { name: 'New run, paused after one step' }).click();
  await waitForStatus(page, 'Paused at step 1');
  await visitor.close();
});

test('on a phone every completion has its advantage bar, and nothing scrolls sideways', async () => {
  const visitor = await visit(linkTo({ ...tiny, maxSteps: 3, evalSteps: 3 }), {
    ...{ webgpu: false, reducedMotion: 'reduce' },
    ...{ viewport: { width: 360, height: 740 }, hasTouch: true },
  });
  const { page } = visitor;
  await press(page, 'Run');
  await waitForStatus(page, /^Finished/);
  const panel = page.getByTestId('rollouts');
  await panel.scrollIntoViewIfNeeded();
  const bars = await panel
    .locator('tbody .bar')
    .evaluateAll((all) => all.map((bar) => bar.getBoundingClientRect()));
  expect(bars).toHaveLength(4);
  for (const { width, height, left, right } of bars) {
    expect(width).toBeGreaterThan(120);
    expect(height).toBeGreaterThan(4);
    expect(left).toBeGreaterThanOrEqual(0);
    expect(right).toBeLessThanOrEqual(360);
  }
  const regions = await panel
    .locator('.scroll')
    .evaluateAll((all) => all.map((one) => one.scrollWidth - one.clientWidth));
  expect(regions).toEqual([0]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
  await panel.screenshot({ path: 'test-results/rolloutsPhone.png' });
  await visitor.close();
});

test('credit is measured on request, of every prompt of a step; until then it is said how', async () => {
  const recipe = { ...tiny, generationBatchSize: 8, maxSteps: 4, evalSteps: 4 };
  const visitor = await visit(linkTo(recipe), { webgpu: false, reducedMotion: 'reduce' });
  const { page } = visitor;
  const panel = page.getByTestId('rollouts');
  const missing = panel.getByText('Not measured at this step: tick “measure credit”');
  const legend = panel.getByText('moved as wanted');
  await press(page, 'Step');
  await waitForStep(page, 1);
  await panel.getByText('credit', { exact: true }).click();
  await missing.waitFor();
  expect(await legend.count()).toBe(0);
  await panel.getByLabel('measure credit').check();
  await press(page, 'Step');
  await waitForStep(page, 2);
  const expectCredit = async (): Promise<void> => {
    await legend.waitFor();
    await panel.locator('.tokens').first().focus();
    await panel.getByText(/change .*\d\.\d{4}, credit .*\d\.\d{4}/).waitFor();
    expect(await missing.count()).toBe(0);
  };
  await expectCredit();
  await panel.getByRole('button', { name: 'Later prompt' }).click();
  expect(await panel.getByRole('button', { name: 'Later prompt' }).isDisabled()).toBe(true);
  await expectCredit();
  await panel.screenshot({ path: 'test-results/credit.png' });
  // The choice stays while one goes through the steps, and each says what it has.
  await panel.getByRole('button', { name: 'Earlier step' }).click();
  await missing.waitFor();
  await panel.getByLabel('Compare with the same prompt at another step').selectOption('step 2');
  await legend.waitFor();
  expect(await missing.count()).toBe(1);
  await panel.getByText('Search and export').click();
  const downloaded = page.waitForEvent('download');
  await panel.getByRole('button', { name: 'Export 16 as JSONL' }).click();
  const lines = (await readFile(await (await downloaded).path(), 'utf8')).trim().split('\n');
  expect(lines.map((line) => 'logp_changes' in (JSON.parse(line) as object))).toEqual(
    lines.map((_, i) => i < 8),
  );
  await visitor.close();
});
