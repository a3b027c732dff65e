/** What a run will take, before Run is pressed: measured when asked, remembered, scaled. */
import { expect, test } from 'vitest';
import { visit } from './browser.ts';
import { linkTo, press, setFields, tiny, waitForEnd, waitForStatus } from './lab.ts';

test('time and tokens are measured on request, follow the recipe and outlast the page', async () => {
  const recipe = { ...tiny, maxSteps: 5000, evalSteps: 5000 };
  const visitor = await visit(linkTo(recipe), { webgpu: false });
  const { page } = visitor;
  const entry = page.getByTestId('estimate');
  const entries = page.locator('dl', { has: entry });
  await entries.getByText(/^up to [\d.]+[kM]$/).waitFor();
  await page.getByRole('button', { name: 'measure', exact: true }).press('Enter');
  await entry.filter({ hasText: /^\s*about .*(s|min)\s*$/ }).waitFor();
  const tokens = async (): Promise<string> =>
    (await entries.getByText(/^about [\d.]+[kM]$/).textContent()) ?? '';
  const before = await tokens();
  expect(await page.getByTestId('step-now').textContent()).toBe('0'); // no run was started
  await waitForStatus(page, 'Ready');

  await page.reload();
  expect(await tokens()).toBe(before);
  const number = (text: string): number =>
    Number(/[\d.]+/.exec(text)?.[0]) * (text.endsWith('M') ? 1000 : 1);
  await setFields(page, { Steps: 2500 });
  await expect.poll(async () => number(await tokens()) / number(before)).toBeCloseTo(0.5, 1);
  await visitor.close();
});

test('a measurement and a dry run can be cancelled, and a run starts all the same', async () => {
  const long = { ...tiny, generationBatchSize: 256, maxCompletionLength: 96, maxSteps: 2 };
  const visitor = await visit(linkTo(long), { webgpu: false });
  const { page } = visitor;
  await press(page, 'measure');
  await press(page, 'Cancel the measurement');
  await page.getByRole('button', { name: 'measure', exact: true }).waitFor();
  await page.getByRole('button', { name: 'Dry run' }).first().click();
  await press(page, 'cancel');
  await page.getByText('they are scored…').waitFor({ state: 'detached' });
  expect(await page.getByRole('alert').count()).toBe(0);
  await press(page, 'Run');
  await waitForEnd(page);
  await visitor.close();
});
