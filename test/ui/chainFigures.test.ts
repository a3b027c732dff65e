/** The visitor's own figures for the chains: offered while a run that was measured is stored. */
import { flushSync, mount, unmount } from 'svelte';
import { expect, test } from 'vitest';
import { page } from 'vitest/browser';
import '../../src/ui/tokens.css';
import '../../src/ui/base.css';
import { defaultConfig } from '../../src/rft/config.ts';
import { Lab } from '../../src/session/lab.svelte.ts';
import type { RunInfo } from '../../src/session/protocol.ts';
import { LESSON } from '../../src/ui/learn/accuracies.ts';
import ChainFigures from '../../src/ui/learn/ChainFigures.svelte';

test('figures of a run are offered until the last run is deleted', async () => {
  const lab = new Lab();
  lab.runs.metrics = () =>
    Promise.resolve([0, 4].map((step) => ({ step, values: { eval_greedy: (step + 1) / 8 } })));
  const run = { id: 'one', name: 'one', config: defaultConfig, evalGreedy: 0.5, step: 4 };
  const props = { lab, labFragment: '#', figures: LESSON, onFigures: () => undefined };
  const shown = mount(ChainFigures, { target: document.body, props });
  const offer = page.getByRole('button', { name: 'Use my run’s figures' });
  await expect.element(offer).toBeDisabled();
  lab.runs.runs = [run as RunInfo];
  flushSync();
  await expect.element(offer).toBeEnabled();
  lab.runs.runs = [];
  flushSync();
  await expect.element(offer).toBeDisabled();
  await expect.element(page.getByText('You have no run yet')).toBeVisible();
  await unmount(shown);
});
