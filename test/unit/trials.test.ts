/** The recipes that test a recommendation: fair pairs, and figures as they were measured. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { changedFields, parseConfig } from '../../src/rft/config.ts';
import type { RunConfig } from '../../src/rft/configTable.ts';
import { decodeLink, encodeLink } from '../../src/rft/link.ts';
import { Recipe } from '../../src/session/recipe.svelte.ts';
import { armConfig, trials, type Arm, type Trial } from '../../src/session/trials.ts';

interface Run {
  config: unknown;
  after: Record<string, number>;
}
const evidence = JSON.parse(readFileSync('test/bench/evidence.json', 'utf8')) as Record<
  string,
  Run
>;
const desk = { handheld: false, webgpu: true };
const phone = { handheld: true, webgpu: false };

const pairs = Object.entries(trials) as [string, Trial][];
const arms = pairs.flatMap(([name, trial]) =>
  [trial.recommended, trial.rival].map((arm) => [`${name}: ${arm.label}`, trial, arm] as const),
);

test.each(pairs)('%s: same task, seed, base and prompts; another recipe', (_name, trial) => {
  for (const device of [desk, phone]) {
    const a = armConfig(trial, trial.recommended, device);
    const b = armConfig(trial, trial.rival, device);
    const shared = ({ task, level, seed, policy, numPrompts, numEvalPrompts }: RunConfig) => ({
      ...{ task, level, seed, policy, numPrompts, numEvalPrompts },
    });
    expect(shared(a)).toEqual(shared(b));
    expect(a).not.toEqual(b);
  }
});

test.each(arms)('%s opens in the Lab without a problem', (_name, trial, arm) => {
  const config = armConfig(trial, arm, phone);
  expect(decodeLink(encodeLink(config))).toMatchObject({ config, problem: null });
  const recipe = new Recipe(phone);
  recipe.load(config);
  expect(recipe.problemCount).toBe(0);
  expect(recipe.config).toEqual(config);
});

const measured = arms.filter(([, , arm]) => arm.measured !== undefined);

/** How often and with how many samples to measure, and when to save, changes no update. */
const BESIDE = new Set(['evalSteps', 'saveSteps', 'numEvalGenerations']);
const trained = (config: RunConfig): Partial<RunConfig> =>
  Object.fromEntries(Object.entries(changedFields(config)).filter(([name]) => !BESIDE.has(name)));

test.each(measured)(
  '%s: recipe and figures are those of the evidence',
  (_name, trial, arm: Arm) => {
    const { row, greedy, pass1 } = arm.measured!;
    const runs = [1, 2, 3].map((seed) => evidence[`${row}/${seed}`]!);
    const mean = (key: string): number =>
      Math.round(runs.reduce((sum, { after }) => sum + (100 * after[key]!) / runs.length, 0));
    expect([mean('eval_greedy'), mean('eval_pass@1')]).toEqual([greedy, pass1]);
    const known = parseConfig(runs[0]!.config).config!;
    expect(trained(armConfig(trial, arm, desk))).toEqual(trained(known));
  },
);
