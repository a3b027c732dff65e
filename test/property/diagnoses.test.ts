/**
 * Whatever comes in, diagnoses are data: no rule throws, every remedy is a recipe that can run,
 * and one that is said to work at once is a change that the trainer accepts.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { changeableFields } from '../../src/rft/changeable.ts';
import { parseConfig } from '../../src/rft/config.ts';
import type { RunConfig } from '../../src/rft/configTable.ts';
import { withChange } from '../../src/rft/recipeChange.ts';
import { remedied } from '../../src/session/diagnoses/applied.ts';
import { diagnose, rules } from '../../src/session/diagnoses/diagnose.ts';
import { recipeProblems } from '../../src/tasks/recipeProblems.ts';
import { failingCases, healthyCases, recipeOf } from '../unit/diagnosesCases.ts';
import { validConfig } from './configArbitrary.ts';

const keys = [
  'reward',
  'reward_std',
  'frac_reward_zero_std',
  'train_accuracy',
  'rewards/correct/mean',
  'rewards/correct/std',
  'rewards/format/mean',
  'rewards/format/std',
  'completions/mean_length',
  'completions/clipped_ratio',
  'entropy',
  'kl',
  'reward_error_ratio',
  'eval_greedy',
  'eval_pass@1',
];

/** Few different values, so that stretches without any spread are common. */
const value = fc.oneof(
  fc.constantFrom(0, 1, 0.5),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);

/** Any keys in any rows, steps growing by any gaps. */
const anyRows = fc
  .array(
    fc.record({
      gap: fc.integer({ min: 1, max: 3 }),
      values: fc.dictionary(fc.constantFrom(...keys), value),
    }),
    { maxLength: 40 },
  )
  .map((rows) => {
    let step = -1;
    return rows.map(({ gap, values }) => ({ step: (step += gap), values }));
  });

test('no rows and no recipe make a rule throw or speak without numbers', () => {
  fc.assert(
    fc.property(anyRows, validConfig, (rows, config) => {
      for (const { evidence, name, meaning, remedy } of diagnose(rows, config)) {
        expect(evidence).toMatch(/\d/);
        expect(evidence).not.toMatch(/NaN|undefined|null/);
        expect([name, meaning].every((text) => text.length > 0)).toBe(true);
        if (remedy) expect(remedy.label.length).toBeGreaterThan(0);
      }
    }),
    { numRuns: 300 },
  );
});

const isChangeable = (changes: Partial<RunConfig>): boolean =>
  Object.keys(changes).every((key) => (changeableFields as readonly string[]).includes(key));

/** For a recipe that can run itself. */
function expectGoodRemedies(config: RunConfig): void {
  if (config.method === 'sft') return;
  expect(recipeProblems(config)).toEqual([]);
  for (const { id, remedy, methods } of rules) {
    const suggestion = methods.includes(config.method) ? remedy(config) : null;
    if (suggestion === null) continue;
    const { changes, label } = suggestion;
    const next = remedied(config, 0, changes);
    expect(next, `${id}: ${label}`).not.toBeNull();
    expect(recipeProblems(next!), `${id}: ${label}`).toEqual([]);
    const before = Object.keys(changes).map((key) => config[key as keyof RunConfig]);
    expect(Object.values(changes), `${id} changes something`).not.toEqual(before);
    if (!isChangeable(changes)) continue;
    const { config: changed, problems } = parseConfig(withChange(config, 7, changes));
    expect(problems, `${id}: ${label}`).toEqual([]);
    expect(recipeProblems(changed!), `${id}: ${label}`).toEqual([]);
  }
}

/** Rewards as a task may have them; weights of their own. */
const someRewards = fc.constantFrom<RunConfig['rewards']>(
  [],
  [{ kind: 'format', name: 'form' }],
  [{ kind: 'length_target', name: 'short', unit: 'tokens', target: 4, width: 8 }],
  [
    { kind: 'task', name: 'format' },
    { kind: 'overlong', name: 'brief', cache: 4, max: 0 },
  ],
  [
    { kind: 'code', name: 'mine', source: 'const reward = () => 1;', range: [0, 1] },
    { kind: 'task', name: 'format' },
  ],
);

test('every remedy of every rule is a recipe that can run, whatever the settings', () => {
  fc.assert(
    fc.property(validConfig, someRewards, (config, rewards) => {
      const plain = { shuffleRewards: false, changes: [], rewardWeights: [] };
      const task = config.task === 'own' ? 'countdown' : config.task;
      const given = task === 'reversal' ? [] : rewards; // it has no reward called format
      expectGoodRemedies({ ...config, ...plain, task, rewards: given });
    }),
    { numRuns: 400 },
  );
});

test('so it is for the recipes that were made to fail', () => {
  for (const one of [...Object.values(failingCases), ...Object.values(healthyCases)]) {
    expectGoodRemedies(recipeOf(one));
  }
});
