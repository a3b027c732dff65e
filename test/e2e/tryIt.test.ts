/** Trying a tuned policy: a run's checkpoint and its base answer side by side. */
import { expect, test } from 'vitest';
import { visit } from './browser.ts';
import { linkTo, PATIENCE, press, tiny, waitForEnd } from './lab.ts';

test('a task that holds some prompts out twice is asked like any other', async () => {
  const reversal = { task: 'reversal', level: 2, policy: 'untrained-0.1M', maxSteps: 2 } as const;
  const visitor = await visit(linkTo({ ...tiny, ...reversal }), { webgpu: false });
  const { page } = visitor;
  await press(page, 'Run');
  await waitForEnd(page);
  await page.getByRole('link', { name: 'Try it' }).click();
  await page.getByRole('heading', { name: 'Try it: before and after' }).waitFor();
  const offered = page.locator('#try-prompts option');
  await offered.first().waitFor({ state: 'attached' });
  const prompts = await offered.evaluateAll((all) => all.map((one) => one.getAttribute('value')));
  expect(new Set(prompts).size).toBe(prompts.length);
  await press(page, '16 held-out prompts');
  await page
    .getByText(/of 16 right/)
    .first()
    .waitFor({ timeout: PATIENCE });
  const table = page.getByTestId('duels');
  const caption = table.locator('caption');
  expect(await caption.textContent()).toMatch(/^Answers of Reversal.*, step 2, greedy$/);
  const top = (await table.boundingBox())?.y;
  await page.getByLabel('sampled, not greedy').check();
  await page.getByText('The answers below are not of what is chosen now').waitFor();
  expect(await caption.textContent()).toMatch(/greedy$/);
  expect((await table.boundingBox())?.y).toBe(top);
  await press(page, '16 held-out prompts');
  await caption.filter({ hasText: /, step 2, sampled$/ }).waitFor({ timeout: PATIENCE });
  await visitor.close();
});
