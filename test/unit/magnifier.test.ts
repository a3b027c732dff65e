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
  rewardFormula,
  spreadFormula,
  walk,
  type Part,
} from '../../src/session/magnifier.ts';
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

  test('best first, numbered; what has no score is in no mean', () => {
    expect(walked.rows.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5]);
    expect(walked.rows.map(({ completion }) => completion.reward)).toEqual([2.5, 2, 0.5, null, 0]);
    expect([walked.size, walked.mean]).toEqual([4, 1.25]);
    expect(walked.meanAgain).toBe(1.5);
    expect(best!.change).toBeCloseTo(0.01 - 0.03, 12);
  });

  test('numbers stand where the signs stand', () => {
    expect(text(rewardFormula(best!, config).numbers)).toBe('2 × 1.00 + 0.5 × 1.00 = 2.50');
    expect(text(rewardFormula(walked.rows[1]!, config).numbers)).toBe('2 × 1.00 = 2.00');
    expect(text(meanFormula(walked).numbers)).toBe('(2.50 + 2.00 + 0.50 + 0.00) ÷ 4 = 1.25');
    // Squares: 1.25² + 0.75² + 0.75² + 1.25² = 4.25.
    expect(text(spreadFormula(walked).numbers)).toBe('√( 4.25 ÷ (4 − 1) ) = 1.19');
    expect(text(advantageFormula(best!, walked, config)!.numbers)).toBe(
      '(2.50 − 1.25) ÷ (1.19 + 0.0001) = 1.05',
    );
    expect(text(creditFormula(best!, 2).numbers)).toBe('1.05 × −0.0300 = −0.0315');
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
