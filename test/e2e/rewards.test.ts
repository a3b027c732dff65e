/** The reward lab, as a visitor works it: code with a mistake, dry run, changes on the way. */
import type { Page } from 'playwright-core';
import { expect, inject, test } from 'vitest';
import { visit } from './browser.ts';
import {
  banner,
  linkTo,
  openPage,
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

/** Opens the dialog of a new reward in code. */
async function addCode(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'add reward' }).first().click();
  await page.getByRole('menuitem', { name: /^Your own function/ }).click();
  await page.getByRole('dialog').waitFor();
}

/** Replaces what stands in the editor. */
async function write(page: Page, source: string): Promise<void> {
  await page.locator('.cm-content').click();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.insertText(source);
}

const right = `function reward({ answer, example, step }) {
  if (step === 1) console.log('answered', answer);
  return answer.length === example.answer.length ? 1 : 0;
}`;

/** Reward code from a link is shown before it runs. */
async function allowCode(page: Page, source: string): Promise<void> {
  const dialog = page.getByRole('dialog', { name: 'Run reward code from elsewhere?' });
  expect(await dialog.getByRole('figure').locator('code').textContent()).toBe(source);
  await press(page, 'Run this code');
}

/** Presses Step until `step` steps are done. */
async function stepTo(page: Page, step: number): Promise<void> {
  for (let done = 1; done <= step; done++) {
    await press(page, 'Step');
    await waitForStatus(page, new RegExp(`^Paused at step ${done}\\b`));
  }
}

test('a reward in code: mistake located, mended, dry-run, changed at step 10, shared', async () => {
  const recipe = { ...tiny, generationBatchSize: 8, maxCompletionLength: 24, maxSteps: 13 };
  const visitor = await visit(linkTo({ ...recipe, evalSteps: 13 }), wasm);
  const { page } = visitor;
  await addCode(page);
  await write(page, right.replace('? 1 : 0', '? 1 :'));
  const dialog = page.getByRole('dialog');
  await dialog
    .getByText(/^.*Line 3\b/)
    .first()
    .waitFor({ timeout: 30_000 });
  await page.locator('.cm-lintRange-error, .cm-lint-marker-error').first().waitFor();
  await write(page, right);
  await dialog.getByText('The code compiles.').waitFor();
  await press(page, 'Save and try');
  await dialog.waitFor({ state: 'detached' });
  const dry = page.getByTestId('dry-run');
  await dry
    .getByText(/% of groups would teach something/)
    .first()
    .waitFor({ timeout: 60_000 });
  expect(await dry.getByRole('row', { name: /^code/ }).first().textContent()).toContain('yes');
  await press(page, 'Close');

  await stepTo(page, 9);
  await page.getByTestId('reward-messages').getByText('answered').first().waitFor();
  const panel = page.getByTestId('change-panel');
  await panel.getByLabel('Weight of code').fill('0.25');
  await panel.getByText('1 edited, not yet in force.').waitFor();
  await press(page, 'Apply at the next step');
  await panel.getByText('In force from step 10 on.').waitFor();
  await press(page, 'Run');
  await waitForEnd(page);
  const marks = page.getByTestId('change-marks');
  expect(await marks.textContent()).toContain(
    'step 10: Reward weights 0.9, 0.1, 1 → 0.9, 0.1, 0.25',
  );
  await page.screenshot({ path: 'test-results/changed-run.png', fullPage: true });
  const metrics = await readMetrics(page);
  expect(metrics).toHaveLength(14);
  const url = await share(page);
  await visitor.close();

  const friend = await visit(url, wasm);
  await press(friend.page, 'Run');
  await press(friend.page, 'Not now');
  expect(await friend.page.getByTestId('status').textContent()).toContain('Ready');
  await press(friend.page, 'Run');
  await allowCode(friend.page, right);
  await waitForEnd(friend.page);
  expect(await readMetrics(friend.page)).toStrictEqual(metrics);
  expect(await friend.page.getByTestId('change-marks').textContent()).toContain('step 10:');
  await friend.close();

  // The change is what made the difference: without it the curve is another one.
  const plain = await visit(url, wasm);
  await press(plain.page, 'Take out the change at step 10');
  await press(plain.page, 'Run');
  await allowCode(plain.page, right);
  await waitForEnd(plain.page);
  const without = await readMetrics(plain.page);
  expect(without.slice(0, 10)).toStrictEqual(metrics.slice(0, 10));
  expect(without[10]).not.toStrictEqual(metrics[10]);
  await plain.close();
});

const theirs = "throw new Error('I RAN');\r\nfunction reward() { return 1; }";
const foreign = {
  ...{ ...tiny, maxSteps: 3 },
  rewards: [{ kind: 'code', name: 'mine', source: theirs, range: [0, 1] }],
} as const;

test('code from a link is asked about before it is opened in the editor, which runs it', async () => {
  const visitor = await visit(linkTo(foreign), wasm);
  const { page } = visitor;
  await press(page, 'Edit mine');
  await press(page, 'Not now');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await press(page, 'Edit mine');
  await allowCode(page, theirs);
  const dialog = page.getByRole('dialog', { name: 'Reward', exact: true });
  await dialog.getByText('I RAN').first().waitFor();
  await page.locator('.cm-content').waitFor();
  await visitor.close();
});

/** Marks every stored run as one from a file, and forgets what code was agreed to. */
const makeForeign = (page: Page): Promise<void> =>
  page.evaluate(async () => {
    localStorage.removeItem('rft-allowed-code');
    const database = await new Promise<IDBDatabase>((resolve, reject) => {
      const request = indexedDB.open('rft-playground');
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(new Error(request.error?.message));
    });
    const transaction = database.transaction('runs', 'readwrite');
    const runs = transaction.objectStore('runs');
    runs.getAll().onsuccess = ({ target }) => {
      const all = (target as IDBRequest<object[]>).result;
      for (const run of all) runs.put({ ...run, imported: true });
    };
    await new Promise<void>((resolve) => {
      transaction.oncomplete = () => resolve();
    });
    database.close();
  });

test.each(['compare', 'runs'] as const)(
  'code of an imported run is asked about before a fork on %s opens it',
  async (id) => {
    const source = 'const reward = () => 1;';
    const rewards = [{ kind: 'code', name: 'mine', source, range: [0, 1] }] as const;
    const visitor = await visit(linkTo({ ...tiny, rewards, maxSteps: 2 }), wasm);
    const { page } = visitor;
    await press(page, 'Run');
    await allowCode(page, source);
    await waitForEnd(page);
    await makeForeign(page);
    await page.goto(inject('appUrl'));
    await openPage(page, id);
    if (id === 'runs') await page.getByRole('button', { name: /^Checkpoints of/ }).click();
    await page
      .getByRole('button', { name: /^Fork / })
      .first()
      .click();
    await page.getByTestId('fork-panel').getByRole('button', { name: 'Edit mine' }).click();
    await allowCode(page, source);
    const dialog = page.getByRole('dialog', { name: 'Reward', exact: true });
    await dialog.getByText('The code compiles.').waitFor();
    await visitor.close();
  },
);

test('code that fails pauses the run, says where, and is mended while the run stands', async () => {
  const throws = 'function reward() {\n  return undefinedThing;\n}';
  const rewards = [{ kind: 'code', name: 'mine', source: throws, range: [0, 1] }] as const;
  const visitor = await visit(linkTo({ ...tiny, rewards, maxSteps: 3 }), wasm);
  const { page } = visitor;
  await press(page, 'Run');
  await allowCode(page, throws);
  await waitForStatus(page, /^Paused at step 1/);
  await banner(page, 'Reward code failed on 100 % of the completions of step 1');
  const messages = page.getByTestId('reward-messages');
  expect(await messages.textContent()).toMatch(/undefinedThing/);
  expect(await messages.textContent()).toMatch(/2:/);
  const panel = page.getByTestId('change-panel');
  await panel.getByRole('button', { name: 'Edit mine' }).click();
  await write(page, 'const reward = ({ completion }) => completion.length / 100;');
  await page.getByRole('dialog').getByText('The code compiles.').waitFor();
  await press(page, 'Save');
  await press(page, 'Apply at the next step');
  await press(page, 'Run');
  await waitForEnd(page);
  const rows = await readMetrics(page);
  expect(rows.map((row) => row['reward_error_ratio'])).toEqual([undefined, '1', '0', '0']);
  await visitor.close();
});

test('a reward with a hole is set up from the gallery, with the truth beside it', async () => {
  const visitor = await visit(linkTo(tiny), wasm);
  const { page } = visitor;
  await page.getByText('Hacking on purpose').click();
  await press(page, 'Set up target_shown for Countdown');
  expect(await page.getByLabel('Task', { exact: true }).inputValue()).toBe('countdown');
  await page.getByText('Has a hole, on purpose').waitFor();
  await setFields(page, twoSteps);
  await press(page, 'Run');
  await waitForEnd(page);
  const chart = page.getByTestId('chart-reward');
  await chart.getByText('truly right').waitFor();
  await chart.getByText('target_shown').waitFor();
  expect(Object.keys((await readMetrics(page))[1]!)).toContain('train_accuracy');
  await visitor.close();
});

test('a method by name sets what makes it, and a senseless combination is refused there', async () => {
  const visitor = await visit(linkTo({ ...tiny, maxSteps: 2, evalSteps: 2 }), wasm);
  const { page } = visitor;
  await page.getByLabel('As in the literature').selectOption('rloo');
  await page.getByText('What it changes, and why').click();
  await page.getByText('a completion is no part of its own').waitFor();
  await page.locator('summary').filter({ hasText: 'Everything else' }).click();
  await page.getByRole('checkbox', { name: 'KL as part of the reward' }).uncheck();
  const field = page.locator('[data-field=klEstimator]');
  await field.getByText('As a loss k1 has a gradient that is 0 on average').waitFor();
  expect(await page.getByRole('button', { name: 'Run', exact: true }).isDisabled()).toBe(true);
  expect(await page.getByLabel('As in the literature').inputValue()).toBe('');
  await page.getByLabel('As in the literature').selectOption('rloo');
  await press(page, 'Run');
  await waitForEnd(page);
  expect((await readMetrics(page)).at(-1)).toHaveProperty('kl');
  await page.getByTestId('chart-kl').waitFor();
  await visitor.close();
});
