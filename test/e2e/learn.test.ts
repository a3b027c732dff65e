/**
 * The Learn pages as a visitor uses them: by keyboard, from the questions into the Lab and back,
 * with the figures of a run of their own, and with a run that goes on meanwhile.
 */
import type { Page } from 'playwright-core';
import { expect, inject, test } from 'vitest';
import { decodeLink } from '../../src/rft/link.ts';
import { visit } from './browser.ts';
import {
  linkTo,
  openPage,
  PATIENCE,
  press,
  tiny,
  waitForEnd,
  waitForStatus,
  waitForStep,
} from './lab.ts';

const wasm = { webgpu: false };

const focused = (page: Page): Promise<string> =>
  page.evaluate(() => document.activeElement?.textContent.trim() ?? '');

/** Tab until the focus is on what has this text. */
async function tabTo(page: Page, text: RegExp): Promise<void> {
  for (let presses = 0; presses < 100; presses++) {
    if (text.test(await focused(page))) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`No way to ${String(text)} by Tab`);
}

const pageTitle = (page: Page) => page.locator('h2:visible').first();
const nav = (page: Page, name: string | RegExp) =>
  page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name });
const verdict = (page: Page) => page.getByTestId('verdict').textContent();
const fragment = (page: Page): Promise<string> => page.evaluate(() => location.hash);

test('by keyboard: to the questions, an answer to each, into the Lab, back and forward', async () => {
  const visitor = await visit(linkTo({ ...tiny, task: 'reversal' }), wasm);
  const { page } = visitor;
  const start = await fragment(page);
  await tabTo(page, /^Learn$/);
  await page.keyboard.press('Enter');
  await expect.poll(() => page.title()).toBe('Learn · RFT Playground');
  await page.locator('h2:focus').getByText('Learn', { exact: true }).waitFor();
  expect(await nav(page, 'Learn').getAttribute('aria-current')).toBe('page');
  expect(await nav(page, 'Lab').getAttribute('aria-current')).toBeNull();
  await tabTo(page, /^When RFT, when SFT$/);
  await page.keyboard.press('Enter');
  await expect.poll(() => page.title()).toBe('When RFT, when SFT · RFT Playground');
  await expect.poll(() => focused(page)).toBe('When RFT, when SFT');
  expect(await verdict(page)).toBe('Still open');

  const radio = () => page.evaluate(() => (document.activeElement as HTMLInputElement).name);
  for (const [name, downs] of [
    ['labels', 1],
    ['work', 1],
    ['verify', 0],
    ['base', 1],
    ['stakes', 1],
  ] as const) {
    for (let presses = 0; (await radio()) !== name && presses < 20; presses++) {
      await page.keyboard.press('Tab');
    }
    await page.keyboard.press('Space');
    for (let i = 0; i < downs; i++) await page.keyboard.press('ArrowDown');
  }
  expect(await verdict(page)).toBe('Reinforcement fine-tuning');
  const answered = '#learn/when?labels=answers&work=hidden&verify=exact&base=sometimes&stakes=high';
  expect(await fragment(page)).toBe(answered);
  const reasons = await page.getByTestId('reasons').textContent();
  expect(reasons).toContain('“Right answers”, “Work that the answer does not show”');
  expect(reasons).toContain('97\u202f%');

  await tabTo(page, /^SFT, 64 answers$/);
  await page.keyboard.press('Enter');
  await expect.poll(() => page.getByLabel('Task', { exact: true }).isVisible()).toBe(true);
  const { config } = decodeLink(await fragment(page));
  expect([config.task, config.method, config.numPrompts]).toEqual(['calculatorChain', 'sft', 64]);
  expect(await page.getByLabel('Method', { exact: true }).inputValue()).toBe('sft');
  expect(await page.getByLabel('Steps', { exact: true }).inputValue()).toBe('60');
  await expect.poll(() => page.title()).toBe('RFT Playground');

  await page.goBack();
  await expect.poll(() => verdict(page)).toBe('Reinforcement fine-tuning');
  expect(await fragment(page)).toBe(answered);
  await page.goForward();
  await expect.poll(() => page.getByLabel('Method', { exact: true }).isVisible()).toBe(true);
  expect(await page.getByLabel('Method', { exact: true }).inputValue()).toBe('sft');
  for (let i = 0; i < 3; i++) await page.goBack();
  await expect.poll(() => fragment(page)).toBe(start);
  const steps = page.getByLabel('Steps', { exact: true });
  await expect.poll(() => steps.inputValue()).toBe('6');
  await visitor.close();
});

test('what was typed in the Lab is still there after a look at Learn; unknown words are told', async () => {
  const visitor = await visit(`${inject('appUrl')}#learn/nothing`, wasm);
  const { page } = visitor;
  await page.getByRole('alert', { name: 'The link could not be used' }).waitFor();
  const steps = page.getByLabel('Steps', { exact: true });
  await steps.fill('33');
  await nav(page, 'Learn').click();
  await pageTitle(page).getByText('Learn', { exact: true }).waitFor();
  expect(await steps.isVisible()).toBe(false);
  await nav(page, 'Lab').click();
  await steps.waitFor();
  expect(await steps.inputValue()).toBe('33');
  await visitor.close();
});

test('the Lab’s keys and dialogs: Space runs nothing on Learn, and no draft is lost on the way', async () => {
  const visitor = await visit(linkTo(tiny), wasm);
  const { page } = visitor;
  await nav(page, 'Learn').click();
  await page.locator('h2:focus').getByText('Learn', { exact: true }).waitFor();
  await page.keyboard.press('Space');
  await nav(page, 'Lab').click();
  await waitForStatus(page, /^Ready/);
  await page.getByRole('button', { name: 'add reward' }).first().click();
  await page.getByRole('menuitem', { name: /^Your own function/ }).click();
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  await page.goBack();
  await page.getByText('two questions that come up').waitFor();
  expect(await dialog.isVisible()).toBe(true);
  expect(await page.getByLabel('Steps', { exact: true }).isVisible()).toBe(false);
  await page.keyboard.press('Escape');
  const discard = page.getByRole('button', { name: 'Discard', exact: true });
  if (await discard.isVisible()) await discard.click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByRole('main').getByRole('link', { name: 'Several calls in a row' }).click();
  await page.getByTestId('chain-example').waitFor();
  await visitor.close();
});

test('chains: 0.9³ is 72.9 %; links are tuned one by one; more is refused than there can be', async () => {
  const visitor = await visit(`${inject('appUrl')}#learn/chains`, wasm);
  const { page } = visitor;
  const text = async (id: string) => (await page.getByTestId(id).textContent())?.trim();
  expect(await text('chain-example')).toBe('0.9 × 0.9 × 0.9 = 0.9³ = 72.9\u202f%');
  expect(await text('chain-source')).toContain('not yours but our measurement');
  expect(await page.getByRole('button', { name: 'Use my run’s figures' }).isDisabled()).toBe(true);
  const field = (name: string) => page.getByRole('spinbutton', { name, exact: true });
  const type = async (name: string, value: string) => {
    await field(name).fill(value);
    await field(name).press('Enter');
  };
  await type('Accuracy, base policy', '90');
  await type('Accuracy, tuned policy', '100');
  expect(await text('chain-source')).toContain('set by you');
  expect([await text('chain-before'), await text('chain-after')]).toEqual([
    '72.9\u202f%',
    '81\u202f%',
  ]);
  expect(await text('chain-change')).toBe('+8.1\u202fpoints');
  await page.getByRole('button', { name: /^Link 2 / }).click();
  expect(await text('chain-after')).toBe('90\u202f%');
  await page.getByRole('button', { name: 'Tune none' }).click();
  expect(await text('chain-change')).toBe('no change');
  await type('Links in the chain', '21');
  expect(await field('Links in the chain').inputValue()).toBe('3');
  await page.getByRole('slider', { name: 'Links in the chain' }).press('ArrowRight');
  expect(await text('chain-before')).toBe('65.61\u202f%');
  expect(await text('chain-needed')).toContain('97.41\u202f%');
  await page.getByText('The same as a table').click();
  const rows = await page.getByTestId('chain-table').locator('tbody tr').allTextContents();
  expect(rows).toHaveLength(20);
  expect(rows[2]).toContain('72.9\u202f%');
  await visitor.close();
});

test('a run goes on under Learn, lends it its figures, and is there again', async () => {
  const long = { ...tiny, maxSteps: 400, evalSteps: 200, saveSteps: 200 };
  const visitor = await visit(linkTo(long), wasm);
  const { page } = visitor;
  await press(page, 'Run');
  const before = await waitForStep(page, 1);
  await nav(page, 'Learn').click();
  await page.getByRole('main').getByRole('link', { name: 'Several calls in a row' }).click();
  await expect
    .poll(() => page.title())
    .toMatch(/^\d+\/400 · Several calls in a row · RFT Playground$/);
  await nav(page, /^Lab.*(step|finished)/).waitFor();
  const step = async () => Number(await page.getByTestId('step-now').textContent());
  await expect.poll(step).toBeGreaterThan(before);
  await nav(page, /^Lab/).click();
  await waitForStatus(page, /^Step|^Running|^Finished/);
  expect(await page.getByRole('alert').count()).toBe(0);
  await page.goBack();
  await page.goBack();
  await page.goBack();
  await waitForEnd(page);
  expect(await page.getByRole('alert').count()).toBe(0);
  await page.goForward();
  await page.goForward();
  const shown = page.getByTestId('chain-source');
  await page.getByRole('button', { name: 'Use my run’s figures' }).click({ timeout: PATIENCE });
  const said = 'your run in the Lab: Calculator chain by RFT, seed 1, measured at step 400 on 4';
  expect(await shown.textContent()).toContain(said);
  await page.reload();
  await page.getByRole('button', { name: 'Use my run’s figures' }).click({ timeout: PATIENCE });
  expect(await shown.textContent()).toContain('measured at step 400 on 4 held-out prompts');
  await visitor.close();
});

test('one step: its numbers fit each other, and the words are there', async () => {
  const visitor = await visit(`${inject('appUrl')}#learn`, wasm);
  const { page } = visitor;
  const lessons = page.getByRole('main').getByRole('listitem');
  await lessons.first().getByRole('link', { name: 'What happens in one step' }).click();
  const rows = page.getByTestId('step-tries').locator('tbody tr');
  await rows.first().waitFor();
  expect(await rows.count()).toBe(8);
  const cells = await rows.locator('td:nth-child(2)').allTextContents();
  const rewards = cells.map(Number);
  const mean = rewards.reduce((sum, reward) => sum + reward, 0) / 8;
  expect(Number(await page.getByTestId('step-mean').textContent())).toBeCloseTo(mean, 2);
  const advantage = await rows.first().locator('td:nth-child(3)').textContent();
  expect(await page.getByTestId('step-sum').textContent()).toContain(`≈ ${advantage}`);
  expect(await page.locator('dt').allTextContents()).toContain('pass@k');
  await visitor.close();
});

test.each([
  ['phone', { width: 360, height: 740 }],
  ['desktop', { width: 1440, height: 900 }],
])('on a %s the Learn pages fit', async (_name, viewport) => {
  const visitor = await visit(inject('appUrl'), { ...wasm, viewport });
  const { page } = visitor;
  for (const id of ['learn', 'step', 'when', 'chains'] as const) {
    await openPage(page, id, id === 'when' ? 'labels=none&verify=none' : '');
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect([id, wide > 0]).toEqual([id, false]);
  }
  await visitor.close();
});
