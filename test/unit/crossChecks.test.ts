/** Combinations that make no sense: each refused at its field with the reason, and nothing else. */
import { describe, expect, test } from 'vitest';
import { defaultConfig, parseConfig } from '../../src/rft/config.ts';
import { lossTable, lossTypes } from '../../src/rft/lossTable.ts';
import { presetOf, presets, presetValues } from '../../src/rft/presets.ts';

const fieldsOf = (input: object): string[] => parseConfig(input).problems.map(({ field }) => field);

test.each([
  [{ lossType: 'vespo', importanceSamplingLevel: 'sequence' }, 'importanceSamplingLevel'],
  [{ lossType: 'rloo', importanceSamplingLevel: 'sequence' }, 'importanceSamplingLevel'],
  [{ lossType: 'sapo', delta: 2 }, 'delta'],
  [{ delta: 1.1 }, 'delta'],
  [{ lossType: 'cispo' }, 'epsilonHigh'],
  [{ lossType: 'reinforce', numIterations: 2 }, 'numIterations'],
  [{ offPolicyMaskThreshold: 0.1 }, 'offPolicyMaskThreshold'],
  [{ klEstimator: 'k1', beta: 0.1 }, 'klEstimator'],
  [{ useBiasCorrectionKl: true, klInReward: true, beta: 0.1 }, 'useBiasCorrectionKl'],
  [{ advantageBaseline: 'none' }, 'scaleRewards'],
  [
    { advantageBaseline: 'leave_one_out', multiObjectiveAggregation: 'normalize_then_sum' },
    'multiObjectiveAggregation',
  ],
  [
    { klInReward: true, beta: 0.1, multiObjectiveAggregation: 'normalize_then_sum' },
    'multiObjectiveAggregation',
  ],
  [{ advantageBaseline: 'batch', scaleRewards: 'none', maxNumGenBatches: 2 }, 'maxNumGenBatches'],
])('%j is refused at %s, with a sentence', (input, field) => {
  const { problems } = parseConfig(input);
  expect(problems.map((problem) => problem.field)).toEqual([field]);
  expect(problems[0]!.message).toMatch(/^[A-Z].*[.)]$/s);
});

test.each([
  { lossType: 'luspo', importanceSamplingLevel: 'sequence' },
  { lossType: 'cispo', epsilonHigh: 5 },
  { delta: 1.3 },
  { offPolicyMaskThreshold: 0.1, numIterations: 2 },
  { klEstimator: 'k1', klInReward: true, beta: 0.1 },
  { klEstimator: 'k1' }, // no KL at all
  { advantageBaseline: 'leave_one_out' },
  { advantageBaseline: 'batch', scaleRewards: 'batch' },
  { maxNumGenBatches: 4 },
])('%j is fine', (input) => {
  expect(fieldsOf(input)).toEqual([]);
});

test('none of it concerns a run that does not reinforce', () => {
  expect(fieldsOf({ method: 'sft', lossType: 'cispo', klEstimator: 'k1', beta: 1 })).toEqual([]);
});

describe('a change on the way', () => {
  test('is checked with the recipe that it leads to', () => {
    const changes = [
      { step: 3, learningRate: 1e-3 },
      { step: 9, beta: 0.1 },
    ];
    const { problems } = parseConfig({ klEstimator: 'k1', changes });
    expect(problems).toEqual([
      {
        field: 'changes',
        message: expect.stringMatching(/^From step 9 on: As a loss k1/) as string,
      },
    ]);
  });

  test.each([
    [[{ step: 5 }, { step: 5 }]],
    [[{ step: 5 }, { step: 4 }]],
    [[{ step: 0 }]],
    [[{ step: 1.5 }]],
    [[{ learningRate: 1 }]],
    [[{ step: 1, seed: 3 }]],
    [[{ step: 1, learningRate: 2 }]],
    [[{ step: 1, rewards: [{ kind: 'none' }] }]],
    ['never'],
  ])('%j is refused', (changes) => {
    expect(fieldsOf({ changes })).toEqual(['changes']);
  });
});

describe('presets', () => {
  test.each(presets)('$label is a valid recipe, found again, with a reason a setting', (preset) => {
    const { config, problems } = parseConfig(presetValues(preset));
    expect(problems).toEqual([]);
    expect(presetOf(config!)).toBe(preset);
    for (const { why } of preset.changes) expect(why.length).toBeGreaterThan(5);
  });

  test('a change of any of its settings makes it a mixture', () => {
    const grpo = parseConfig(presetValues(presets[0]!)).config!;
    expect(presetOf({ ...grpo, epsilon: 0.3 })).toBeNull();
    const faster = { ...grpo, learningRate: 1e-3 };
    expect(presetOf(faster)).toBe(presets[0]);
    expect(presetOf(defaultConfig)).toBeNull();
  });
});

test.each(lossTypes)('%s says where it comes from and what it computes', (name) => {
  const { label, source, equation, meaning } = lossTable[name];
  for (const text of [label, equation, meaning]) expect(text.length).toBeGreaterThan(5);
  expect(source).toMatch(/\d{4}|TRL/);
});

test('a link may not hold more graders than a step can afford', () => {
  const regex = (i: number) => ({ kind: 'regex', name: `r${i}`, pattern: '(.?){9}~' });
  const pack = (i: number) => ({
    kind: 'combination',
    name: `c${i}`,
    parts: Array.from({ length: 8 }, (_, j) => ({ grader: regex(j), weight: 1 })),
  });
  expect(fieldsOf({ rewards: [pack(0), pack(1)] })).toEqual([]);
  expect(parseConfig({ rewards: [0, 1, 2, 3].map(pack) }).problems[0]?.message).toContain(
    'at most 32 graders',
  );
});
