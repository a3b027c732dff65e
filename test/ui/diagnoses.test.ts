/**
 * The diagnoses' panel in a real browser: the sentence, its remedy and its dismissal by keyboard,
 * and that no finding, on no width, takes more room than is kept for it while nothing is wrong.
 */
import { flushSync, mount, unmount } from 'svelte';
import { createSubscriber } from 'svelte/reactivity';
import { afterEach, expect, test, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import '../../src/ui/tokens.css';
import '../../src/ui/base.css';
import { parseConfig } from '../../src/rft/config.ts';
import type { StepMetrics } from '../../src/session/protocol.ts';
import Diagnoses from '../../src/ui/headline/Diagnoses.svelte';
import { failingCases, recipeOf } from '../unit/diagnosesCases.ts';

type Name = keyof typeof failingCases;

const files = import.meta.glob<{ rows: StepMetrics[] }>('../unit/fixtures/diagnoses/*.json', {
  eager: true,
  import: 'default',
});

const rowsOf = (name: Name): StepMetrics[] =>
  files[`../unit/fixtures/diagnoses/${name}.json`]!.rows;

let shown: ReturnType<typeof mount> | null = null;
const onApply = vi.fn(() => Promise.resolve<string | null>(null));

async function show(name: Name, steps = Infinity, live = true): Promise<HTMLElement> {
  await hide();
  const rows = rowsOf(name).slice(0, steps);
  const props = { rows, config: recipeOf(failingCases[name]), live, ended: false, onApply };
  shown = mount(Diagnoses, { target: document.body, props });
  flushSync();
  return document.querySelector<HTMLElement>('[data-testid=diagnoses]')!;
}

async function hide(): Promise<void> {
  if (shown) await unmount(shown);
  shown = null;
}

afterEach(async () => {
  await hide();
  document.body.replaceChildren();
  vi.clearAllMocks();
});

test('says what is wrong and what it means, and applies what helps once', async () => {
  const panel = await show('hacked');
  expect(panel.textContent).toContain('what the task calls right fell from');
  await expect
    .element(page.getByRole('status').first())
    .toHaveTextContent('Diagnosis: Reward up, truth down');
  await expect
    .element(page.getByRole('button', { name: 'About Reward up, truth down' }))
    .toHaveAccessibleDescription(/reward hacking/);
  const button = page.getByRole('button', { name: 'score by the task’s own' });
  await userEvent.click(button);
  await userEvent.keyboard('{Enter}');
  expect(onApply).toHaveBeenCalledExactlyOnceWith({ rewards: [], rewardWeights: [] }, true);
  await expect.element(page.getByText('noted')).toBeVisible();
  expect(document.activeElement).toBe(button.element());
});

test('a remedy that the trainer refuses is not called noted, and may be pressed again', async () => {
  await show('hacked');
  onApply.mockResolvedValueOnce('No step is left for it to take effect.');
  const button = page.getByRole('button', { name: 'score by the task’s own' });
  await userEvent.click(button);
  await expect.element(page.getByText('refused: No step is left')).toBeVisible();
  expect(document.body.textContent).not.toContain('noted');
  await userEvent.click(button);
  await expect.element(page.getByText('noted')).toBeVisible();
});

test('a remedy may be pressed again once what it is for was gone and has come back', async () => {
  let rows = rowsOf('hacked');
  let changed = (): void => undefined;
  const follow = createSubscriber((update) => void (changed = update));
  const rest = { config: recipeOf(failingCases.hacked), live: true, ended: false, onApply };
  const props = {
    ...rest,
    get rows() {
      follow();
      return rows;
    },
  };
  shown = mount(Diagnoses, { target: document.body, props });
  const button = page.getByRole('button', { name: 'score by the task’s own' });
  await userEvent.click(button);
  await expect.element(page.getByText('noted')).toBeVisible();
  for (const steps of [1, Infinity]) {
    rows = rowsOf('hacked').slice(0, steps);
    changed();
    flushSync();
  }
  await expect.element(page.getByText('from the next step')).toBeVisible();
  await userEvent.click(button);
  expect(onApply).toHaveBeenCalledTimes(2);
});

test('what cannot change in the run at hand is for a new one', async () => {
  await show('noSpread');
  await expect.element(page.getByText('in a new run')).toBeVisible();
  await userEvent.click(page.getByRole('button', { name: 'sample 4 per prompt' }));
  const changes = { numGenerations: 4, generationBatchSize: 128 };
  expect(onApply).toHaveBeenCalledExactlyOnceWith(changes, false);
  await show('hacked', Infinity, false); // nothing is running
  await userEvent.click(page.getByRole('button', { name: 'score by the task’s own' }));
  expect(onApply).toHaveBeenLastCalledWith({ rewards: [], rewardWeights: [] }, false);
});

test('the first alone, the others when asked; dismissed ones stay away, focus stays here', async () => {
  const panel = await show('klRunaway');
  expect(panel.querySelectorAll('li')).toHaveLength(1);
  await userEvent.click(page.getByRole('button', { name: '1 more' }));
  expect(panel.querySelectorAll('li')).toHaveLength(2);
  await userEvent.click(page.getByRole('button', { name: 'Dismiss: Learning rate too high' }));
  expect(panel.textContent).not.toContain('Learning rate too high');
  await vi.waitFor(() => expect(document.activeElement).toBe(panel));
  await userEvent.click(page.getByRole('button', { name: 'Dismiss: KL runs away' }));
  expect(panel.textContent).toContain('Diagnoses dismissed for this run.');
});

test('after a change it says that it waits, not that all is well', async () => {
  await show('hacked', 30);
  expect(document.body.textContent).not.toContain('judged anew');
  await hide();
  const { config } = parseConfig({
    ...recipeOf(failingCases.hacked),
    changes: [{ step: 25, beta: 0.05 }],
  });
  const props = {
    rows: rowsOf('hacked').slice(0, 30),
    config: config!,
    live: true,
    ended: false,
    onApply,
  };
  shown = mount(Diagnoses, { target: document.body, props });
  await expect
    .element(page.getByText('Changed at step 25: ten steps on, it is judged anew.'))
    .toBeVisible();
});

test.each([1440, 1100, 800, 360])('nothing moves at %i px whatever is found', async (width) => {
  await page.viewport(width, 800);
  // As in the page: the recipe takes its column from the Lab where there is room for both.
  document.body.style.width = `${width >= 1024 ? width - 390 : width - 24}px`;
  const { offsetHeight } = await show('hacked', 1);
  for (const name of Object.keys(failingCases) as Name[]) {
    const panel = await show(name);
    expect(panel.querySelectorAll('li'), name).toHaveLength(1);
    expect(panel.offsetHeight, name).toBe(offsetHeight);
    expect(panel.scrollWidth, name).toBeLessThanOrEqual(panel.clientWidth);
  }
});
