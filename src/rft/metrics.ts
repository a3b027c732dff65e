/**
 * A step's plain numbers under TRL's names. Means over completions count each completion once,
 * means over tokens count each token once; padding is in neither.
 */
import { standardDeviation, type Advantages } from './advantage.ts';
import type { ScoredGroups } from './groups.ts';
import type { Learner } from './learner.ts';
import { noWatches } from './lossMetrics.ts';
import { usesReference } from './reference.ts';
import { isCodeReward } from './rewardSpec.ts';
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
  // A mean of nothing is left out: a missing score is no 0.
  const totals = present(result.rewards);
  const metrics: Record<string, number> = {
    ...(totals.length > 0 ? { reward: mean(totals) } : {}),
    reward_std: mean(result.rewardStds),
    frac_reward_zero_std: result.fracRewardZeroStd,
    // What the task itself calls right, whatever is rewarded.
    train_accuracy: mean(rows.map(({ completion }) => Number(completion.correct))),
  };
  learner.scorer.names.forEach((name, column) => {
    const scores = rows.map((row) => row.scores[column] ?? null);
    if (present(scores).length === 0) return;
    metrics[`rewards/${name}/mean`] = mean(present(scores));
    metrics[`rewards/${name}/std`] = standardDeviation(scores);
  });
  return metrics;
}

/** What the update itself tells; a step without one has all of it at 0. */
function updateMetrics(
  { config }: Learner,
  sampledKl: number | null,
  sums: UpdateSums | null,
): Record<string, number> {
  const kl = sampledKl ?? sums?.kl ?? (usesReference(config) ? 0 : null);
  return {
    loss: sums?.loss ?? 0,
    grad_norm: sums?.gradNorm ?? 0,
    learning_rate: sums?.learningRate ?? 0,
    ...(sums?.more ?? noWatches(config.lossType)),
    ...(kl === null ? {} : { kl }),
  };
}

/**
 * Metrics of one step: all that is known of its rows now, and the rest once the update's sums are
 * there (null when no row had anything to teach).
 */
export function stepMetrics(
  learner: Learner,
  { rows, advantages, batches, errorRatio, kl }: ScoredGroups,
): (sums: UpdateSums | null) => Record<string, number> {
  const { config, numTokens } = learner;
  const known = {
    ...rewardMetrics(learner, rows, advantages),
    ...lengthMetrics(rows),
    entropy: mean(rows.flatMap((row) => row.rollout.entropies)),
    ...(config.maxNumGenBatches > 1 ? { num_gen_batches: batches } : {}),
    ...(config.rewards.some(isCodeReward) ? { reward_error_ratio: errorRatio } : {}),
  };
  return (sums) => ({ ...known, ...updateMetrics(learner, kl, sums), num_tokens: numTokens });
}
