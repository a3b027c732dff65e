/** Tasks, own data and methods, as a visitor chooses them; every run here is of a few steps. */
import { expect, inject, test } from 'vitest';
import { visit } from './browser.ts';
import {
  linkTo,
  press,
  readMetrics,
  setFields,
  share,
  tiny,
  twoSteps,
  waitForEnd,
  waitForStatus,
} from './lab.ts';

const wasm = { webgpu: false };

test('another task brings its recipe, levels and lesson, and runs', async () => {
  const visitor = await visit(linkTo({ seed: 7 }), wasm);
  const { page } = visitor;
  await page.getByLabel('Task', { exact: true }).selectOption('countdown');
  await page.getByTestId('lesson').getByText('What it teaches.').waitFor();
  expect(await page.getByLabel('Steps', { exact: true }).inputValue()).toBe('100');
  expect(await page.getByLabel('Seed', { exact: true }).inputValue()).toBe('7');
  await page.getByRole('radio', { name: /^easy/ }).check();
  await setFields(page, twoSteps);
  await page.getByRole('button', { name: 'Reset Steps' }).waitFor();
  expect(await page.locator('[data-field=maxSteps]').textContent()).toContain('default 100');
  await press(page, 'Run');
  await waitForEnd(page);
  expect((await readMetrics(page)).map(({ step }) => step)).toEqual(['0', '1', '2']);
  await page.getByRole('link', { name: 'Runs' }).click();
  await page.getByTestId('runs').getByText('Countdown, easy, RFT, seed 7').first().waitFor();
  await visitor.close();
});

test('SFT shows the loss and the texts it imitates, and nothing of rewards', async () => {
  const visitor = await visit(linkTo({ ...tiny, method: 'sft', maxSteps: 2 }), wasm);
  const { page } = visitor;
  const texts = page.getByTestId('imitated');
  await texts.getByText('there are no rollouts').waitFor();
  expect(await texts.locator('tbody tr').count()).toBe(4);
  expect(await page.getByTestId('rollouts').count()).toBe(0);
  await press(page, 'Run');
  await waitForEnd(page);
  const loss = page.getByTestId('chart-loss').locator('[data-key=loss]').first();
  expect(Number(await loss.textContent())).toBeGreaterThan(0);
  expect(await page.getByTestId('chart-reward').count()).toBe(0);
  expect(await page.getByText('4 texts imitated').count()).toBe(1);
  expect((await readMetrics(page)).map(({ loss: value }) => Number(value) > 0)).toEqual([
    false,
    true,
    true,
  ]);
  await visitor.close();
});

test('own data: a faulty row is named and mended, then a step is run and shared', async () => {
  const visitor = await visit(linkTo(tiny), wasm);
  const { page } = visitor;
  await page.getByLabel('Task', { exact: true }).selectOption('own');
  await waitForStatus(page, 'A setting of the recipe is not right yet');
  await press(page, 'Use an example');
  await page.getByTestId('own-state').getByText('of your rows train').waitFor();
  const text = page.getByRole('textbox', { name: 'Your rows' });
  const good = (await text.inputValue()).replaceAll('\t', ',');
  const bad = good.replace('A3+1|', 'A3€1|');
  await text.fill(bad);
  const remark = page.getByTestId('own-remarks').getByText('Row 1, line 2');
  await remark.waitFor();
  expect(await remark.textContent()).toContain('“€” in the prompt');
  expect(await page.getByRole('button', { name: 'Run', exact: true }).isDisabled()).toBe(true);
  expect(await text.inputValue()).toBe(bad);
  await text.fill(good);
  await remark.waitFor({ state: 'detached' });
  await setFields(page, { ...twoSteps, Steps: 1 });
  await press(page, 'Run');
  await waitForEnd(page);
  const url = await share(page);
  const friend = await visit(url, wasm);
  const rows = friend.page.getByRole('textbox', { name: 'Your rows' });
  await expect.poll(() => rows.inputValue()).toContain('A3+1|\t4');
  await friend.close();
  await visitor.close();
});

test('a table too long for a link goes as a file, which the link names by its fingerprint', async () => {
  const visitor = await visit(linkTo({ ...tiny, maxSteps: 1, maxCompletionLength: 4 }), wasm);
  const { page } = visitor;
  await page.getByLabel('Task', { exact: true }).selectOption('own');
  let state = 7;
  const next = () => (state = (state * 48_271) % 2_147_483_647);
  const cell = () => Array.from({ length: 70 }, () => String.fromCharCode(97 + (next() % 26)));
  const rows = Array.from({ length: 600 }, () => `${cell().join('')}\t1`);
  await page.getByRole('textbox', { name: 'Your rows' }).fill(rows.join('\n'));
  await page.getByTestId('own-state').getByText('of your rows train').waitFor();
  await setFields(page, { ...twoSteps, Steps: 1, 'Longest completion': 4 });
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    (async () => {
      await press(page, 'Share');
      await page.getByRole('button', { name: /^rows-[0-9a-f]{8}\.jsonl$/ }).click();
    })(),
  ]);
  const url = await page.getByTestId('share-url').inputValue();
  const saved = await file.path();

  const friend = await visit(url, wasm);
  const theirs = friend.page;
  const name = file.suggestedFilename();
  await theirs.getByTestId('own-state').getByText(`choose or drop ${name} here`).waitFor();
  expect(await theirs.getByRole('button', { name: 'Run', exact: true }).isDisabled()).toBe(true);
  await theirs.getByRole('textbox', { name: 'Your rows' }).fill(rows.slice(1).join('\n'));
  await theirs.getByTestId('own-state').getByText(`choose or drop ${name} here`).waitFor();
  await theirs.getByLabel('File with your rows').setInputFiles(saved);
  await theirs.getByTestId('own-state').getByText('of your rows train').waitFor();
  await press(theirs, 'Run');
  await waitForEnd(theirs);
  // The table is kept in their browser: the same link finds it there.
  await theirs.goto('about:blank');
  await theirs.goto(url);
  await theirs.getByTestId('own-state').getByText('of your rows train').waitFor();
  await friend.close();
  await visitor.close();
});

test('the first visit plays a recorded run, labelled, and the same run starts live', async () => {
  const visitor = await visit(inject('appUrl'), wasm);
  const { page } = visitor;
  const label = page.getByTestId('recorded');
  await label.getByText(/Recorded run:.+, 2026-11-24, seed 1/).waitFor();
  await page.getByRole('button', { name: 'Replay the recording' }).waitFor({ timeout: 30_000 });
  expect(await page.getByTestId('step-now').textContent()).toBe('6');
  await waitForStatus(page, 'Ready. Press Run to start.');
  const slider = page.getByTestId('chart-reward').getByRole('slider');
  await slider.press('End');
  await slider.press('Enter');
  const pinned = page.getByTestId('pinned');
  await pinned.getByText('step 6 pinned').waitFor();
  await press(page, 'Replay the recording');
  await pinned.getByText('click a chart').waitFor();
  await press(page, 'Run it live');
  await label.waitFor({ state: 'detached' });
  await waitForEnd(page);
  expect((await readMetrics(page)).map(({ step }) => step)).toHaveLength(7);
  await page.reload();
  await page.getByTestId('device').getByText('WASM').waitFor();
  expect(await label.count()).toBe(0);
  await page.getByRole('link', { name: 'Runs' }).click();
  await page.getByTestId('runs').getByText('1 kept in this browser').waitFor();
  await visitor.close();
});

test('with reduced motion the recorded run stands there at once, and can be closed', async () => {
  const visitor = await visit(inject('appUrl'), { ...wasm, reducedMotion: 'reduce' });
  const { page } = visitor;
  await page.getByRole('button', { name: 'Replay the recording' }).waitFor();
  expect(await page.getByTestId('step-now').textContent()).toBe('6');
  await press(page, 'Close the recorded run');
  expect(await page.getByTestId('eval-now').textContent()).toContain('–');
  await visitor.close();
});
