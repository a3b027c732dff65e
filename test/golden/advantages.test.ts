/** TRL's advantages: both aggregations, three scalings, groups without spread, missing rewards. */
import { describe, expect, it } from 'vitest';
import { computeAdvantages, type Aggregation, type ScaleRewards } from '../../src/rft/advantage.ts';
import { goldenJson } from './goldenFiles.ts';

interface Case {
  name: string;
  config: {
    num_generations: number;
    reward_weights: number[];
    multi_objective_aggregation: Aggregation;
    scale_rewards: ScaleRewards;
  };
  rewards_per_func: (number | null)[][];
  expected: {
    rewards: (number | null)[];
    advantages: number[];
    frac_reward_zero_std: number;
  };
}

const { cases } = goldenJson<{ cases: Case[] }>('advantages.json');

/** Equal within 1e-5, null only where null is expected. */
function expectClose(actual: readonly (number | null)[], expected: readonly (number | null)[]) {
  expect(actual).toHaveLength(expected.length);
  expected.forEach((wanted, i) => {
    const got = actual[i] ?? null;
    if (wanted === null || got === null) expect(got).toBe(wanted);
    else expect(Math.abs(got - wanted)).toBeLessThan(1e-5);
  });
}

describe('advantages', () => {
  it.each(cases)('$name', ({ config, rewards_per_func, expected }) => {
    const result = computeAdvantages(rewards_per_func, {
      numGenerations: config.num_generations,
      rewardWeights: config.reward_weights,
      scaleRewards: config.scale_rewards,
      advantageBaseline: 'group',
      multiObjectiveAggregation: config.multi_objective_aggregation,
    });
    expectClose(result.advantages, expected.advantages);
    // Elsewhere the fixture's are the normalised sums, and the spread of the whole batch.
    if (config.multi_objective_aggregation !== 'sum_then_normalize') return;
    expectClose(result.rewards, expected.rewards);
    if (config.scale_rewards === 'batch') return;
    expect(result.fracRewardZeroStd).toBeCloseTo(expected.frac_reward_zero_std, 6);
  });
});
