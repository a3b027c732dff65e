/**
 * The Compare view on stored runs in a real browser: its table, which curves become one band, what
 * differs in words, and setting up a fork by keyboard. Runs themselves are tested elsewhere.
 */
import { mount, unmount } from 'svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import '../../src/ui/tokens.css';
import '../../src/ui/base.css';
import { parseConfig } from '../../src/rft/config.ts';
import type { RunConfig } from '../../src/rft/configTable.ts';
import { Lab } from '../../src/session/lab.svelte.ts';
import { openStore, type RunRecord, type RunStore } from '../../src/storage/runStore.ts';
import CompareView from '../../src/ui/compare/CompareView.svelte';

const backend = { backend: 'wasm', device: 'test device' } as const;

function recipe(changes: Partial<RunConfig>): RunConfig {
  const { config, problems } = parseConfig({ maxSteps: 8, ...changes });
  if (!config) throw new Error(JSON.stringify(problems));
  return config;
}

/** A stored run of four steps, half a second each, with a checkpoint at 2 and 4. */
async function storeRun(store: RunStore, record: Partial<RunRecord> & { id: string }) {
  const config = record.config ?? recipe({});
  const times = { createdAt: 1, updatedAt: 1 };
  const state = { step: 0, finished: false, evalGreedy: null, bytes: 0, policyHash: 'hash' };
  await store.createRun({ name: record.id, config, backend, ...times, ...state, ...record });
  for (const step of [2, 4]) {
    const rows = [step - 1, step].map((n) => ({
      step: n,
      values: { step_time: 0.5, reward: n / 10 + config.seed / 100, eval_greedy: n / 8 },
    }));
    const draft = {
      ...{ runId: record.id, step, reason: 'interval' as const, createdAt: 1, config, backend },
      ...{ policyHash: 'hash', rngCounters: { seed: 1, step }, promptCursor: 0, bestEval: null },
      tensors: new Uint8Array(4),
    };
    const patch = { step, finished: false, evalGreedy: step / 8, updatedAt: step };
    await store.saveCheckpoint(draft, rows, patch);
  }
}

let shown: ReturnType<typeof mount> | null = null;
let lab: Lab;
const onLab = vi.fn();

function deleteDatabase(): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase('rft-playground');
    request.onsuccess = () => resolve();
    request.onerror = () => reject(new Error('the database could not be deleted'));
  });
}

beforeEach(async () => {
  await deleteDatabase();
  const store = await openStore();
  await storeRun(store, { id: 'one', name: 'Chain, RFT, seed 1' });
  await storeRun(store, { id: 'two', name: 'Chain, RFT, seed 2', config: recipe({ seed: 2 }) });
  const config = recipe({ learningRate: 0.002 });
  await storeRun(store, { id: 'fast', name: 'Fast', config, parent: { runId: 'one', step: 2 } });
  store.close();
  lab = new Lab();
  await lab.runs.refresh();
  onLab.mockClear();
  shown = mount(CompareView, { target: document.body, props: { lab, onLab } });
});

afterEach(async () => {
  if (shown) await unmount(shown);
  shown = null;
});

const row = (name: string) => page.getByRole('row').filter({ hasText: name }).first();
const choose = (name: string) => page.getByRole('checkbox', { name: `Compare ${name}` });

async function chooseAll(): Promise<void> {
  for (const name of ['Chain, RFT, seed 1', 'Chain, RFT, seed 2', 'Fast']) {
    const box = choose(name);
    if (!(box.element() as HTMLInputElement).checked) await box.click();
  }
}

test('a row says what a run is, how long it took, and where a fork comes from', async () => {
  await expect.element(row('Fast')).toHaveTextContent('from step 2 of Chain, RFT, seed 1');
  await expect.element(row('Fast')).toHaveTextContent(/Calculator chain\s*RFT\s*1\s*4 \/ 8\s*50/);
  await expect.element(row('Fast')).toHaveTextContent(/2\.0\ss\s*test device · WASM/);
});

test('seeds of one recipe are one line with its spread; what differs is said', async () => {
  await chooseAll();
  const reward = page.getByTestId('overlay-step-reward');
  await expect.element(reward).toHaveTextContent('Chain, RFT, seeds 1, 2');
  await expect.element(reward).toHaveTextContent('0.42 (0.41 to 0.42, 2 runs)');
  const said = page.getByTestId('differences');
  await expect.element(said).toHaveTextContent(/Seed: /);
  await expect.element(said).toHaveTextContent(/Learning rate: .*0\.002 in/);
  // The table behind the curves has a row a step.
  await reward.getByText('Table', { exact: true }).click();
  expect(reward.element().querySelectorAll('tbody tr')).toHaveLength(4);
});

test('while a race has the device no other run is begun, and the page says why', async () => {
  await page.getByRole('button', { name: /^Fork Chain, RFT, seed 1/ }).click();
  const start = page.getByRole('button', { name: 'Start the fork' });
  await expect.element(start).toBeEnabled();
  lab.race.status = 'paused';
  await expect.element(start).toBeDisabled();
  await expect.element(page.getByTestId('fork-panel')).toHaveTextContent('A race is in progress');
  const others = page.getByRole('button', { name: /^(Fork|Same again) / }).elements();
  expect(others).toHaveLength(6);
  expect(others.every((button) => (button as HTMLButtonElement).disabled)).toBe(true);
  lab.race.status = 'over';
  await expect.element(start).toBeEnabled();
});

test('the same again takes a seed that no run of the recipe has had', async () => {
  const again = page.getByRole('button', {
    name: 'Same again with another seed: Chain, RFT, seed 1',
  });
  await again.click();
  expect(lab.recipe.config?.seed).toBe(3);
  expect(onLab).toHaveBeenCalledOnce();
});

test('a fork by keyboard: opened, edited, what is wrong is said, put away', async () => {
  const open = page.getByRole('button', { name: /^Fork Chain, RFT, seed 1/ });
  (open.element() as HTMLButtonElement).focus();
  await userEvent.keyboard('{Enter}');
  await expect.element(page.getByRole('heading', { name: 'Fork Chain' })).toHaveFocus();
  const plan = page.getByTestId('fork-plan');
  await expect.element(plan).toHaveTextContent('Without a change it repeats the run from step 5');
  await userEvent.selectOptions(page.getByLabelText('From'), 'one:2');
  await userEvent.fill(page.getByRole('textbox', { name: 'Learning rate' }), '0.001');
  await expect.element(plan).toHaveTextContent('From step 3 on: Learning rate 3e-4 → 0.001.');
  await userEvent.fill(page.getByRole('textbox', { name: 'Learning rate' }), '7');
  await expect.element(plan).toHaveTextContent('Mend what is marked');
  await expect.element(page.getByRole('button', { name: 'Start the fork' })).toBeDisabled();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect.element(plan).not.toBeInTheDocument();
});
