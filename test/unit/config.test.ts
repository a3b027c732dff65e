/** Known answers of the config checks: every problem at its field, in words that help. */
import { describe, expect, test } from 'vitest';
import { changedFields, defaultConfig, fieldNames, parseConfig } from '../../src/rft/config.ts';
import { configTable } from '../../src/rft/configTable.ts';

const problemsOf = (input: unknown) => parseConfig(input).problems;
const messageOf = (input: Record<string, unknown>) => {
  const problems = problemsOf(input);
  expect(problems.map(({ field }) => field)).toEqual([Object.keys(input)[0]]);
  return problems[0]?.message;
};

describe('defaults', () => {
  test('are the table’s, frozen, lists included', () => {
    expect(parseConfig({})).toEqual({ config: defaultConfig, problems: [] });
    for (const name of fieldNames) expect(defaultConfig[name]).toEqual(configTable[name].default);
    expect(Object.isFrozen(defaultConfig)).toBe(true);
    expect(Object.isFrozen(defaultConfig.rewardWeights)).toBe(true);
  });

  test('fill what is absent or undefined, and nothing else', () => {
    const { config } = parseConfig({ seed: 7, topP: undefined, rewardWeights: [1, 0] });
    expect(config).toEqual({ ...defaultConfig, seed: 7, rewardWeights: [1, 0] });
    expect(changedFields(config!)).toEqual({ seed: 7, rewardWeights: [1, 0] });
    expect(changedFields(defaultConfig)).toEqual({});
  });
});

test.each([
  [{ maxSteps: 1.5 }, 'Give a whole number from 1 to 5000.'],
  [{ maxSteps: '60' }, 'Give a whole number from 1 to 5000.'],
  [{ maxSteps: 0 }, 'Give a whole number from 1 to 5000.'],
  [{ maxSteps: null }, 'Give a whole number from 1 to 5000.'],
  [{ temperature: 0 }, 'Give a number above 0 and at most 5.'],
  [{ temperature: Number.NaN }, 'Give a number above 0 and at most 5.'],
  [{ epsilonHigh: -0.1 }, 'Give a number from 0 to 10.'],
  [{ learningRate: Infinity }, 'Give a number from 0 to 1.'],
  [{ shuffleRewards: 1 }, 'Give true or false.'],
  [
    { lossType: 'ppo' },
    'Choose one of grpo, bnpo, dr_grpo, dapo, cispo, sapo, luspo, vespo, rloo, reinforce.',
  ],
  [{ rewardWeights: 1 }, 'Give a list of at most 16 numbers from -100 to 100.'],
  [{ rewardWeights: ['1'] }, 'Give a list of at most 16 numbers from -100 to 100.'],
  [{ rewardWeights: Array(17).fill(1) }, 'Give a list of at most 16 numbers from -100 to 100.'],
  [{ rewardWeights: [0, 0] }, 'At least one weight must differ from 0.'],
  [{ speed: 1 }, 'There is no setting of this name.'],
  [{ toString: 1 }, 'There is no setting of this name.'],
  [{ generationBatchSize: 64, numGenerations: 7 }, '64 is not a multiple of 7: try 63 or 70.'],
  [{ generationBatchSize: 5, numGenerations: 64 }, '5 is not a multiple of 64: try 64.'],
  [{ generationBatchSize: 1023, numGenerations: 41 }, '1023 is not a multiple of 41: try 984.'],
])('%j is refused: %s', (input, message) => {
  expect(messageOf(input)).toBe(message);
});

test('every problem is told, not only the first', () => {
  const input = { speed: 1, seed: -1, beta: 'x', rewardWeights: [0], generationBatchSize: 63 };
  const { config, problems } = parseConfig(input);
  expect(config).toBeNull();
  expect(problems.map(({ field }) => field)).toEqual([
    'seed',
    'beta',
    'speed',
    'generationBatchSize',
    'rewardWeights',
  ]);
});

test('a cross-field rule waits for its fields to be valid by themselves', () => {
  const problems = problemsOf({ generationBatchSize: 63, numGenerations: 'eight' });
  expect(problems.map(({ field }) => field)).toEqual(['numGenerations']);
});

test.each([[null], [[]], ['{}'], [3], [undefined]])('%j is no recipe', (input) => {
  expect(problemsOf(input)).toEqual([{ field: '', message: 'A recipe is a set of settings.' }]);
});

test('a __proto__ key is an unknown field and changes no prototype', () => {
  const { config, problems } = parseConfig(JSON.parse('{"__proto__":{"seed":9}}'));
  expect(config).toBeNull();
  expect(problems).toEqual([{ field: '__proto__', message: 'There is no setting of this name.' }]);
});
