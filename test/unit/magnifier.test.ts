/** The magnifier's formulas: what they compute is what the trainer computed, and they say so. */
import { describe, expect, test } from 'vitest';
import { computeAdvantages } from '../../src/rft/advantage.ts';
import { parseConfig } from '../../src/rft/config.ts';
import type { RunConfig } from '../../src/rft/configTable.ts';
import {
  advantageFormula,
  advantageOf,
  creditFormula,
  meanFormula,
  noneRightWords,
  rewardFormula,
  spreadFormula,
  walk,
  type Part,
} from '../../src/session/magnifier.ts';
import { movedWords } from '../../src/session/movedWords.ts';
import type { CompletionView, InspectionView } from '../../src/session/protocol.ts';

function recipe(changes: Record<string, unknown> = {}): RunConfig {
  const { config, problems } = parseConfig({ task: 'calculatorChain', ...changes });
  if (!config) throw new Error(JSON.stringify(problems));
  return config;
}

const scores: (number | null)[][] = [
  [0, 1],
  [1, 1],
  [null, null],
  [0, 0],
  [1, null],
];
const WEIGHTS = [2, 0.5];

/** A group with what the trainer makes of these scores under a recipe. */
function inspection(config: RunConfig): InspectionView {
  const { rewards, advantages } = computeAdvantages(scores, {
    numGenerations: scores.length,
    rewardWeights: WEIGHTS,
    scaleRewards: config.scaleRewards,
    advantageBaseline: config.advantageBaseline,
    multiObjectiveAggregation: config.multiObjectiveAggregation,
  });
  const completions = scores.map((row, i): CompletionView => ({
    tokens: ['<', '>', String(i)],
    logps: [-0.1, -0.2, -0.3],
    thinking: '',
    answer: String(i),
    finishReason: 'length',
    rewards: row,
    reward: rewards[i] ?? null,
    advantage: advantages[i]!,
    correct: row[0] === 1,
  }));
  return {
    step: 4,
    rewardNames: ['correct', 'format'],
    group: { promptIndex: 0, prompt: 'x', answer: '1', completions },
    changes: completions.map((_, i) => [0.01 * i, 0, -0.03]),
    likeliest: completions.map(() => []),
    again: completions.slice(0, 2),
  };
}

const text = (parts: readonly Part[]): string =>
  parts.map((part) => (typeof part === 'string' ? part : part.text)).join('');

test.each([
  ['group', 'group'],
  ['group', 'none'],
  ['leave_one_out', 'none'],
  ['leave_one_out', 'group'],
  ['none', 'none'],
  ['none', 'group'],
] as const)('baseline %s over %s: the trainer’s advantages', (advantageBaseline, scaleRewards) => {
  const config: RunConfig = {
    ...recipe(),
    advantageBaseline,
    scaleRewards,
    rewardWeights: WEIGHTS,
  };
  const walked = walk(inspection(config));
  for (const row of walked.rows) {
    expect(advantageOf(row, walked, config)).toBeCloseTo(row.completion.advantage, 10);
    expect(text(advantageFormula(row, walked, config)!.numbers)).toContain(
      row.completion.advantage.toFixed(2).replace('-', '−'),
    );
  }
});

test.each([
  { advantageBaseline: 'batch' },
  { scaleRewards: 'batch' },
  { multiObjectiveAggregation: 'normalize_then_sum' },
  { shuffleRewards: true },
] as const)('%o: other groups play a part, so no numbers are claimed', (changes) => {
  const config: RunConfig = { ...recipe(), ...changes };
  const walked = walk(inspection(config));
  expect(advantageOf(walked.rows[0]!, walked, config)).toBeNull();
  expect(advantageFormula(walked.rows[0]!, walked, config)).toBeNull();
});

describe('the formulas', () => {
  const config: RunConfig = { ...recipe(), rewardWeights: WEIGHTS };
  const walked = walk(inspection(config));
  const [best] = walked.rows;

  test('best first, numbered; what has no score comes last and is in no mean', () => {
    expect(walked.rows.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5]);
    expect(walked.rows.map(({ completion }) => completion.reward)).toEqual([2.5, 2, 0.5, 0, null]);
    expect([walked.size, walked.mean]).toEqual([4, 1.25]);
    expect(walked.meanAgain).toBe(1.5);
    expect(best!.change).toBeCloseTo(0.01 - 0.03, 12);
  });

  test('numbers stand where the signs stand', () => {
    expect(text(rewardFormula(best!, config).numbers)).toBe('2 × 1.00 + 0.5 × 1.00 = 2.50');
    expect(text(rewardFormula(walked.rows[1]!, config).numbers)).toBe('2 × 1.00 = 2.00');
    expect(text(meanFormula(walked).numbers)).toBe('(2.50 + 2.00 + 0.50 + 0.00) ÷ 4 = 1.25');
    // Squares: 1.25² + 0.75² + 0.75² + 1.25² = 4.25.
    expect(text(spreadFormula(walked).numbers)).toBe('√( 4.25 ÷ (4 − 1) ) = 1.1902');
    expect(text(advantageFormula(best!, walked, config)!.numbers)).toBe(
      '(2.50 − 1.25) ÷ (1.1902 + 0.0001) = 1.05',
    );
    expect(text(creditFormula(best!, 2).numbers)).toBe('1.0501 × −0.03 = −0.0315');
    expect(text(creditFormula(best!, 2).signs)).toBe('cᵢₜ = Aᵢ × Δᵢₜ');
  });

  test('a completion without any score has no numbers to divide', () => {
    const row = walked.rows.find(({ completion }) => completion.rewards[0] === null)!;
    expect(text(advantageFormula(row, walked, config)!.numbers)).toBe('no score: 0.00');
    expect(text(rewardFormula(row, config).numbers)).toBe('no score = 0.00');
  });

  test('a KL that is part of the reward is taken off in plain sight', () => {
    const penalised: RunConfig = { ...config, beta: 0.1, klInReward: true };
    const row = { ...best!, completion: { ...best!.completion, reward: 2.4 } };
    expect(text(rewardFormula(row, penalised).numbers)).toBe('2 × 1.00 + 0.5 × 1.00 − 0.10 = 2.40');
    expect(text(rewardFormula(row, penalised).signs)).toBe('rᵢ = Σₖ wₖ × rᵢₖ − β·KL');
  });
});

/** A group of which only these rewards are known. */
function paid(rewards: readonly number[]): InspectionView {
  const config = recipe();
  const whole = inspection(config);
  const { advantages } = computeAdvantages(
    rewards.map((reward) => [reward]),
    {
      numGenerations: rewards.length,
      rewardWeights: [1],
      scaleRewards: 'group',
      advantageBaseline: 'group',
      multiObjectiveAggregation: 'sum_then_normalize',
    },
  );
  const completions = rewards.map((reward, i): CompletionView => ({
    ...whole.group.completions[0]!,
    rewards: [0, reward],
    reward,
    advantage: advantages[i]!,
    correct: false,
  }));
  return { ...whole, group: { ...whole.group, completions }, changes: [], likeliest: [] };
}

test.each([
  [[0.1, 0, 0.1, 0.1, 0, 0.1, 0.1, 0.1]],
  [[0.1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
  [[1, 0.1, 0.1, 0, 0, 0.1, 0.1]],
  [[0.9125, 0.0125, 0.3375, 0.3375]],
  [[1e-3, 2e-3, 2e-3, 1.5e-3]],
])('what is printed for rewards of %o comes out with a calculator', (rewards) => {
  const config = recipe({ scaleRewards: 'group', advantageBaseline: 'group' });
  const walked = walk(paid(rewards));
  for (const row of walked.rows) {
    const printed = text(advantageFormula(row, walked, config)!.numbers).replaceAll('−', '-');
    const [, reward, mean, spread, epsilon, result] = Array.from(
      /^\((.+) - (.+)\) ÷ \((.+) \+ (.+)\) = (.+)$/.exec(printed)!,
      Number,
    );
    // Half of the last digit that is printed, and as much for the digits that are left out.
    expect(Math.abs((reward! - mean!) / (spread! + epsilon!) - result!)).toBeLessThan(0.006);
  }
});

test('where none was right it is said what was paid', () => {
  expect(noneRightWords(walk(paid([0.1, 0])), ['correct', 'format'])).toBe(
    'No try was right; only the form was paid here.',
  );
  expect(noneRightWords(walk(paid([0.1, 0])), ['exact', 'places'])).toBe(
    'No try was right; only places was paid here.',
  );
  expect(noneRightWords(walk(paid([0.1, 0.1])), ['correct', 'format'])).toBe(
    'No try was right, and all were paid the same.',
  );
  expect(noneRightWords(walk(inspection(recipe())), ['correct', 'format'])).toBeNull();
});

describe('what moved most, in a sentence', () => {
  const group = paid([1, 0]);
  const moved = (
    changes: number[][],
    tokens = [
      ['<', '7'],
      ['<', '>'],
    ],
  ): string => {
    const completions = group.group.completions.map((one, i) => ({
      ...one,
      tokens: tokens[i]!,
      logps: [Math.log(0.9), Math.log(0.25), Math.log(0.5)],
    }));
    return movedWords(walk({ ...group, group: { ...group.group, completions }, changes }));
  };

  test('the likelier and the less likely token, the stronger first, after the text before them', () => {
    expect(
      moved([
        [0.01, 0.09, 0],
        [0.01, -0.31, 0],
      ]),
    ).toBe(
      'Moved most in log-probability: after “<”, “>” became less likely (−0.31, 25.0 → 18.3 %) and “7” became likelier (+0.090, 25.0 → 27.4 %).',
    );
  });

  test('in different places, at the start and at the end', () => {
    expect(
      moved([
        [0.2, 0, 0],
        [0, 0, -0.1],
      ]),
    ).toBe(
      'Moved most in log-probability: at the start, “<” became likelier (+0.20, 90.0 → 100.0 %); after “<>”, the end became less likely (−0.10, 50.0 → 45.2 %).',
    );
  });

  test('only one way; nothing at all; a long text is cut in front', () => {
    expect(
      moved([
        [0, 0, 0.002],
        [0, 0, 0],
      ]),
    ).toBe(
      'Moved most in log-probability: after “<7”, the end became likelier (+0.0020, 50.0 → 50.1 %).',
    );
    expect(moved([[0, 0, 0.00001], []])).toBe(
      'Hardly a token of this group moved: none by 0.0001 in log-probability.',
    );
    expect(moved([[0, -0.2], []], [['1234567890+12=', '5'], []])).toContain(
      'after “…34567890+12=”',
    );
  });
});
