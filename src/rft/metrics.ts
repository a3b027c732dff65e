/**
 * A step's plain numbers under TRL's names. Means over completions count each completion once,
 * means over tokens count each token once; padding is in neither.
 */
import { standardDeviation, type Advantages } from './advantage.ts';
import type { Learner } from './learner.ts';
import type { StepRow, UpdateSums } from './stepRow.ts';

export function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((a, b) => a + b, 0) / values.length;
}

const present = (values: readonly (number | null)[]): number[] =>
  values.filter((x): x is number => x !== null);

/** Lengths in tokens, eos included. */
function lengthMetrics(rows: readonly StepRow[]): Record<string, number> {
  const lengths = rows.map((row) => row.rollout.completionIds.length);
  const terminated = rows.filter((row) => row.rollout.finishReason === 'eos');
  return {
    'completions/mean_length': mean(lengths),
    'completions/min_length': Math.min(...lengths),
    'completions/max_length': Math.max(...lengths),
    'completions/clipped_ratio': 1 - terminated.length / rows.length,
    'completions/mean_terminated_length': mean(
      terminated.map((row) => row.rollout.completionIds.length),
    ),
  };
}

function rewardMetrics(
  learner: Learner,
  rows: readonly StepRow[],
  result: Advantages,
): Record<string, number> {
  const metrics: Record<string, number> = {
    reward: mean(present(result.rewards)),
    reward_std: mean(result.rewardStds),
    frac_reward_zero_std: result.fracRewardZeroStd,
  };
  learner.task.rewards.forEach(({ name }, column) => {
    const scores = rows.map((row) => row.scores[column] ?? null);
    metrics[`rewards/${name}/mean`] = mean(present(scores));
    metrics[`rewards/${name}/std`] = standardDeviation(scores);
  });
  return metrics;
}

function updateMetrics(
  learner: Learner,
  tokens: number,
  sums: UpdateSums | null,
): Record<string, number> {
  const low = (sums?.clippedLow ?? 0) / tokens;
  const high = (sums?.clippedHigh ?? 0) / tokens;
  return {
    loss: sums?.loss ?? 0,
    grad_norm: sums?.gradNorm ?? 0,
    learning_rate: sums?.learningRate ?? 0,
    'clip_ratio/low_mean': low,
    'clip_ratio/high_mean': high,
    'clip_ratio/region_mean': low + high,
    ...(learner.reference ? { kl: (sums?.kl ?? 0) / tokens } : {}),
  };
}

/**
 * Metrics of one step: all that is known of its rows now, and the rest once the update's sums are
 * there (null when no row had anything to teach).
 */
export function stepMetrics(
  learner: Learner,
  rows: readonly StepRow[],
  result: Advantages,
): (sums: UpdateSums | null) => Record<string, number> {
  const entropies = rows.flatMap((row) => row.rollout.entropies);
  const known = {
    ...rewardMetrics(learner, rows, result),
    ...lengthMetrics(rows),
    entropy: mean(entropies),
  };
  const { numTokens } = learner;
  return (sums) => ({
    ...known,
    ...updateMetrics(learner, entropies.length, sums),
    num_tokens: numTokens,
  });
}
