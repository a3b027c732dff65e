/**
 * That it learns, honestly: each lesson's default recipe on WASM lifts held-out accuracy from a base
 * that mostly guesses, and what is said not to work does not: rewards dealt out at random, and
 * answers to imitate. Held-out prompts are those of every run; no figure here depends on time.
 */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parseConfig } from '../../src/rft/config.ts';
import type { RunConfig } from '../../src/rft/configTable.ts';
import { taskRecipe, type TaskId } from '../../src/rft/taskRecipes.ts';
import { runToEnd } from '../../workers/headless.ts';

const policies = join(import.meta.dirname, '../../public/policies');

/** A task's default recipe with seed 1, evaluated at its start and its end only. */
function recipe(task: TaskId, changes: Partial<RunConfig> = {}): RunConfig {
  const wanted = { ...taskRecipe(task), numEvalGenerations: 4, ...changes };
  const { config } = parseConfig({ ...wanted, evalSteps: wanted.maxSteps });
  if (!config) throw new Error('internal: the test’s own recipe is invalid');
  return config;
}

/** Held-out greedy accuracy and pass@1 before and after, and each step's loss. */
async function learn(config: RunConfig) {
  const { rows } = await runToEnd(config, { backend: 'wasm', policies });
  const series = (key: string): number[] => rows.flatMap(({ values }) => values[key] ?? []);
  const ends = (key: string) => {
    const [before = NaN, after = NaN] = series(key);
    return { before, after };
  };
  return { greedy: ends('eval_greedy'), pass1: ends('eval_pass@1'), loss: series('loss') };
}

it('calculator chain: rewards for the answer alone teach it to think', async () => {
  const { greedy } = await learn(recipe('calculatorChain'));
  expect(greedy.before).toBeLessThanOrEqual(0.15);
  expect(greedy.after).toBeGreaterThanOrEqual(0.9);
});

it('shuffled rewards teach nothing', async () => {
  const { greedy } = await learn(recipe('calculatorChain', { shuffleRewards: true }));
  expect(greedy.after).toBeLessThanOrEqual(0.15);
});

it('SFT on the same answers memorises them', async () => {
  const { greedy, loss } = await learn(recipe('calculatorChain', { method: 'sft' }));
  expect(loss.at(-1)!).toBeLessThan(loss[0]! / 4);
  expect(greedy.after).toBeLessThanOrEqual(0.2);
});

it('program synthesis: hidden tests alone teach it to derive', async () => {
  const { pass1 } = await learn(recipe('programSynthesis'));
  expect(pass1.before).toBeLessThanOrEqual(0.35);
  expect(pass1.after).toBeGreaterThanOrEqual(pass1.before + 0.25);
});

it('Countdown: half of the default run already lifts pass@1 by 15 points', async () => {
  const { pass1 } = await learn(recipe('countdown', { maxSteps: 50, numEvalPrompts: 100 }));
  expect(pass1.after).toBeGreaterThanOrEqual(pass1.before + 0.15);
});

it('rejection sampling learns program synthesis too', async () => {
  const { pass1 } = await learn(recipe('programSynthesis', { method: 'rejection' }));
  expect(pass1.after).toBeGreaterThanOrEqual(pass1.before + 0.15);
});
