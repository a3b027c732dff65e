/**
 * Diagnoses on recorded runs (see diagnosesCases.ts): each failing one is told in its own way and
 * until its end, healthy ones are left alone at every step, and what is told does not flicker.
 */
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/rft/config.ts';
import type { RunConfig } from '../../src/rft/configTable.ts';
import { diagnose, rules, watchedIn } from '../../src/session/diagnoses/diagnose.ts';
import type { DiagnosisId } from '../../src/session/diagnoses/diagnosis.ts';
import type { StepMetrics } from '../../src/session/protocol.ts';
import { failingCases, healthyCases, type Case } from './diagnosesCases.ts';
import { recordedRun, shippedRun, type RecordedRun } from './diagnosesFixtures.ts';

/** What is told after each step. */
const toldByStep = ({ rows, config }: RecordedRun): DiagnosisId[][] =>
  rows.map((_, i) => diagnose(rows.slice(0, i + 1), config).map(({ id }) => id));

const atEnd = ({ rows, config }: RecordedRun): DiagnosisId[] =>
  diagnose(rows, config).map(({ id }) => id);

const names = Object.keys(failingCases) as (keyof typeof failingCases)[];

/** At the end of each run, most important first. Where there are two, both are there. */
const expected: Record<keyof typeof failingCases, DiagnosisId[]> = {
  noSpread: ['noSpread'],
  truncated: ['truncated'],
  entropyCollapse: ['entropyCollapse'],
  entropyBlowUp: ['entropyBlowUp'],
  // Ten times the rate that the task learns with is what lets it run.
  klRunaway: ['rateTooHigh', 'klRunaway'],
  formatOnly: ['formatOnly'],
  formatCramped: ['formatOnly'],
  // A reward for length is not the task.
  lengthUp: ['lengthUp', 'rewardNotTruth'],
  lengthDown: ['lengthDown', 'rewardNotTruth'],
  parting: ['parting'],
  partingLate: ['parting'],
  unsteady: ['parting'],
  hacked: ['rewardNotTruth'],
  rateTooHigh: ['rateTooHigh'],
  rateFarTooHigh: ['rateTooHigh'],
  rateTooLow: ['rateTooLow'],
  rewardErrors: ['rewardErrors'],
  neverVaries: ['rewardConstant'],
  byHeart: ['byHeart'],
};

/** Told on the way and gone by the end: pushed to be short, the policy is at first undecided. */
const passing: Partial<Record<keyof typeof failingCases, DiagnosisId[]>> = {
  lengthDown: ['entropyBlowUp'],
};

describe.each(names)('the run made to fail by %s', (name) => {
  const run = recordedRun(name, failingCases[name]);
  const told = toldByStep(run);

  test('is told so at its end, and nothing else on the way', () => {
    expect(told.at(-1)).toEqual(expected[name]);
    expect(new Set(told.flat())).toEqual(new Set([...expected[name], ...(passing[name] ?? [])]));
  });

  test('is told so in one piece', () => {
    for (const id of new Set(told.flat())) {
      const [first, last] = [
        told.findIndex((ids) => ids.includes(id)),
        told.findLastIndex((ids) => ids.includes(id)),
      ];
      expect(told.filter((ids) => ids.includes(id))).toHaveLength(last - first + 1);
    }
  });

  test('has its numbers in the sentence, and something to try', () => {
    for (const { evidence, remedy } of diagnose(run.rows, run.config)) {
      expect(evidence).toMatch(/\d/);
      expect(remedy?.label).toBeTruthy();
    }
  });
});

test('every rule is shown by some run', () => {
  const shown = new Set(Object.values(expected).flat());
  expect(rules.map(({ id }) => id).filter((id) => !shown.has(id))).toEqual([]);
  expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length);
});

test('only what a recipe has is said to be watched', () => {
  const watched = (changes: Partial<RunConfig>) => watchedIn(parseConfig(changes).config!);
  expect(watched({ method: 'sft' })).toEqual(['training against held-out']);
  expect(watched({})).toContain('learning rate');
  expect([watched({}).includes('KL'), watched({ beta: 0.1 }).includes('KL')]).toEqual([
    false,
    true,
  ]);
  expect(watched({ method: 'rejection' })).not.toContain('entropy');
  expect(watched({ shuffleRewards: true })).toEqual([]);
});

describe('a healthy run is left alone at every step', () => {
  test.each(Object.entries<Case>(healthyCases))('%s', (name, one) => {
    expect(toldByStep(recordedRun(`healthy-${name}`, one)).flat()).toEqual([]);
  });

  test.each(['calculatorChain', 'countdown', 'programSynthesis', 'adjudication', 'reversal'])(
    'the shipped %s',
    async (task) => {
      expect(toldByStep(await shippedRun(task)).flat()).toEqual([]);
    },
  );
});

test.each([
  [
    'noSpread',
    'sample 4 per prompt instead of 2',
    { numGenerations: 4, generationBatchSize: 128 },
    false,
  ],
  ['truncated', 'allow 6 tokens instead of 3', { maxCompletionLength: 6 }, false],
  ['rateTooHigh', 'learning rate 3e-4 instead of 0.005', { learningRate: 3e-4 }, false],
  ['rateTooLow', 'learning rate 3e-4 instead of 1e-6', { learningRate: 3e-4 }, true],
  ['parting', 'train on 16 prompts instead of 2', { numPrompts: 16 }, false],
  ['hacked', 'score by the task’s own: correct, format', { rewards: [], rewardWeights: [] }, true],
  [
    'neverVaries',
    'go on without mine',
    { rewards: [{ kind: 'task', name: 'correct' }], rewardWeights: [0.9] },
    true,
  ],
  ['byHeart', 'imitate texts with the working in them', { sftTarget: 'chain' }, false],
] as const)('what helps against %s', (name, label, changes, live) => {
  const { rows, config } = recordedRun(name, failingCases[name]);
  expect(diagnose(rows, config)[0]!.remedy).toEqual({ label, changes, live });
});

function withChange(config: RunConfig, change: Record<string, unknown>): RunConfig {
  const parsed = parseConfig({ ...config, changes: [change] });
  if (!parsed.config) throw new Error(JSON.stringify(parsed.problems));
  return parsed.config;
}

test('a change on the way ends what was told, until there is evidence again', () => {
  const { rows, config } = recordedRun('formatOnly', failingCases.formatOnly);
  const changed = withChange(config, { step: 20, beta: 0.1 });
  const after = (step: number) => atEnd({ rows: rows.slice(0, step + 1), config: changed });
  expect(after(18)).toEqual(['formatOnly']);
  expect(after(19)).toEqual([]); // it holds for the step to come
  expect(after(28)).toEqual([]); // nine steps since
  expect(atEnd({ rows, config: withChange(config, { step: 12, beta: 0.1 }) })).toEqual([
    'formatOnly',
  ]);
});

test('a finding outlasts its evidence by five steps, and no longer', () => {
  const { rows, config } = recordedRun('rewardErrors', failingCases.rewardErrors);
  const healed = (row: StepMetrics, i: number): StepMetrics => ({
    step: rows.length + i,
    values: { ...row.values, reward_error_ratio: 0 },
  });
  const more = Array.from({ length: 20 }, (_, i) => healed(rows.at(-1)!, i));
  const told = toldByStep({ rows: [...rows, ...more], config }).slice(rows.length);
  const quiet = told.findIndex((ids) => ids.length === 0);
  expect(quiet).toBeGreaterThanOrEqual(5);
  expect(quiet).toBeLessThanOrEqual(10); // five of the window, five of patience
  expect(told.slice(quiet).flat()).toEqual([]);
});

/** Steps that are all alike: what a rule makes of figures, apart from how a run comes by them. */
const steady = (count: number, values: StepMetrics['values'], from = 1): StepMetrics[] =>
  Array.from({ length: count }, (_, i) => ({ step: from + i, values }));

test('groups without spread are no trouble once the task is solved, or the reward is won', () => {
  const { config } = recordedRun('noSpread', failingCases.noSpread);
  const spread = (share: number) => ({ frac_reward_zero_std: share });
  const solvedTo = (right: number) =>
    steady(12, { ...spread(0.9), reward: right, train_accuracy: right });
  expect(atEnd({ rows: solvedTo(0.4), config })).toEqual(['noSpread']);
  expect(atEnd({ rows: solvedTo(0.8), config })).toEqual([]);
  const before = steady(6, { ...spread(0.1), reward: 0.2, train_accuracy: 0.1 });
  const after = steady(12, { ...spread(0.9), reward: 1, train_accuracy: 0.5 }, 7);
  expect(atEnd({ rows: [...before, ...after], config })).toEqual([]);
});

test('small figures are no blow-up and no runaway, whatever they grew by', () => {
  const { config } = recordedRun('klRunaway', failingCases.klRunaway);
  const run = (key: string, before: number, after: number) => [
    ...steady(10, { reward: 0.1, train_accuracy: 0.1, [key]: before }),
    ...steady(10, { reward: 0.1, train_accuracy: 0.1, [key]: after }, 11),
  ];
  const mild = { ...config, learningRate: 3e-4 };
  const told = (key: string, before: number, after: number) =>
    atEnd({ rows: run(key, before, after), config: mild });
  expect(told('kl', 0.3, 0.9)).toEqual(['klRunaway']);
  expect(told('kl', 0.01, 0.3)).toEqual([]);
  expect(told('kl', 0.9, 0.95)).toEqual([]);
  expect(told('entropy', 0.5, 1)).toEqual(['entropyBlowUp']);
  expect(told('entropy', 0.5, 0.7)).toEqual([]);
  expect(told('entropy', 0.05, 0.2)).toEqual([]);
});

test('half of the right completions have to be gone, and none on their way', () => {
  const { config } = recordedRun('hacked', failingCases.hacked);
  const told = (right: number) =>
    atEnd({
      rows: [
        ...steady(6, { reward: 0.3, train_accuracy: 0.05 }),
        ...steady(10, { reward: 0.9, train_accuracy: 0.4 }, 7),
        ...steady(10, { reward: 0.9, train_accuracy: right }, 17),
      ],
      config,
    });
  expect(told(0.1)).toEqual(['rewardNotTruth']);
  expect(told(0.3)).toEqual([]);
  const sure = { entropy: 0.01, reward: 0.1 };
  const collapsed = (right: number) =>
    atEnd({
      rows: [
        ...steady(5, { entropy: 0.5, reward: 0.1, train_accuracy: 0.05 }),
        ...steady(10, { ...sure, train_accuracy: 0.05 }, 6),
        ...steady(10, { ...sure, train_accuracy: right }, 16),
      ],
      config,
    });
  expect(collapsed(0.05)).toEqual(['entropyCollapse']);
  expect(collapsed(0.2)).toEqual([]);
});

test('long completions are no trouble where they are what gets more right', () => {
  const { config } = recordedRun('lengthUp', failingCases.lengthUp);
  const told = (right: number) =>
    atEnd({
      rows: [
        ...steady(6, { train_accuracy: 0.1, 'completions/mean_length': 12 }),
        ...steady(10, { train_accuracy: right, 'completions/mean_length': 46 }, 7),
      ],
      config,
    });
  expect(told(0.1)).toEqual(['lengthUp']);
  expect(told(0.5)).toEqual([]);
});

test('standing still is told where groups could teach, and entropy has not moved', () => {
  const { config } = recordedRun('rateTooLow', failingCases.rateTooLow);
  const told = (spreadless: number, entropies: readonly number[]) =>
    atEnd({
      rows: Array.from({ length: 20 }, (_, i) => ({
        step: i + 1,
        values: {
          reward: 0.1,
          train_accuracy: 0.1,
          frac_reward_zero_std: spreadless,
          'completions/mean_length': 10,
          entropy: entropies[2 * Math.floor(i / 10) + (i % 2)]!,
        },
      })),
      config: { ...config, learningRate: 3e-4 },
    });
  expect(told(0.1, [0.3, 0.7, 0.3, 0.7])).toEqual(['rateTooLow']);
  expect(told(0.9, [0.3, 0.7, 0.3, 0.7])).toEqual(['noSpread']);
  expect(told(0.1, [0.3, 0.7, 0.2, 0.6])).toEqual([]); // within its noise, but a fifth lower
});

test('what was learnt and lost again is told whatever the learning rate', () => {
  const { rows, config } = recordedRun('klRunaway', failingCases.klRunaway);
  const [first] = diagnose(rows, config);
  expect(first!.evidence).toMatch(/^33.% of the completions were right at best, now 1.%/);
  const usual = { ...config, learningRate: 3e-4 };
  expect(atEnd({ rows, config: usual })).toEqual(['rateTooHigh', 'klRunaway']);
});

test('a control run and an imitation are not judged', () => {
  const { rows, config } = recordedRun('noSpread', failingCases.noSpread);
  expect(atEnd({ rows, config: { ...config, shuffleRewards: true } })).toEqual([]);
  expect(atEnd({ rows, config: { ...config, method: 'sft' } })).toEqual([]);
});

test('what compares with no group needs no spread inside it', () => {
  const { rows, config } = recordedRun('noSpread', failingCases.noSpread);
  expect(atEnd({ rows, config: { ...config, advantageBaseline: 'batch' } })).toEqual([]);
});
