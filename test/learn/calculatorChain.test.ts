/**
 * That it learns, honestly: the default recipe on WASM lifts held-out greedy accuracy from a base
 * that guesses to nearly everything, and the same run with its rewards dealt out at random
 * does not. Held-out prompts are those of every run; no figure here depends on time.
 */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parseConfig } from '../../src/rft/config.ts';
import type { RunConfig } from '../../src/rft/configTable.ts';
import { runToEnd } from '../../workers/headless.ts';

const policies = join(import.meta.dirname, '../../public/policies');

/** The default recipe, evaluated at its start and its end only. */
function recipe(changes: Partial<RunConfig>): RunConfig {
  const { config } = parseConfig({ evalSteps: 60, numEvalGenerations: 1, ...changes });
  if (!config) throw new Error('internal: the test’s own recipe is invalid');
  return config;
}

/** Held-out greedy accuracy before and after, and each step's mean `correct` reward. */
async function learn(config: RunConfig) {
  const { rows } = await runToEnd(config, { backend: 'wasm', policies });
  const series = (key: string): number[] => rows.flatMap(({ values }) => values[key] ?? []);
  const [before = NaN, after = NaN] = series('eval_greedy');
  return { before, after, correct: series('rewards/correct/mean') };
}

it('the default recipe learns', async () => {
  const { before, after, correct } = await learn(recipe({ seed: 1 }));
  expect(correct).toHaveLength(60);
  expect(before).toBeLessThanOrEqual(0.15);
  expect(after).toBeGreaterThanOrEqual(0.9);
});

it('shuffled rewards teach nothing', async () => {
  const { before, after } = await learn(recipe({ seed: 1, shuffleRewards: true }));
  expect(before).toBeLessThanOrEqual(0.15);
  expect(after).toBeLessThanOrEqual(0.15);
});
