/**
 * KL of sampled completions from the reference, for runs that take it as part of the reward (as in
 * Ahmadian et al., "Back to Basics", 2024): the estimator's sum over a completion's tokens. One
 * forward pass of either policy and one readback.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { RolloutRow } from '../../models/rollout.ts';
import { disposeMicroBatch, packMicroBatch, partition, type TrainingRow } from './batch.ts';
import type { Learner } from './learner.ts';
import { klEstimators } from './loss.ts';
import { batchLogps } from './policyGradient.ts';

/** Sum of each row, in the rows' order, and the mean over all tokens. */
export async function sequenceKl(
  learner: Learner,
  rollouts: readonly RolloutRow[],
): Promise<{ rows: number[]; mean: number }> {
  const { config, policy, reference, microBatch, tokenizer } = learner;
  if (!reference) throw new Error('internal: a KL without a reference');
  const rows = rollouts.map(({ promptIds, completionIds }): TrainingRow => ({
    promptIds,
    completionIds,
    advantage: 0,
    tokenWeight: 1,
  }));
  const parts = partition(rows, microBatch.rows);
  const sums = parts.map((part) => {
    const batch = packMicroBatch(part, tokenizer.padId, microBatch);
    const sum = tf.tidy(() => {
      const under = (p: typeof policy): tf.Tensor2D => batchLogps(p, batch, config.temperature);
      const kl = klEstimators[config.klEstimator](tf.sub(under(policy), under(reference)));
      return tf.slice(tf.sum(tf.mul(kl, batch.mask), 1), [0], [part.length]);
    });
    disposeMicroBatch(batch);
    return sum;
  });
  const all = tf.concat(sums);
  tf.dispose(sums);
  const values = await all.data();
  all.dispose();
  const byRow = new Map(parts.flat().map((row, i) => [row, values[i] ?? NaN]));
  const perRow = rows.map((row) => byRow.get(row) ?? NaN);
  const tokens = rows.reduce((sum, row) => sum + row.completionIds.length, 0);
  return { rows: perRow, mean: perRow.reduce((a, b) => a + b, 0) / tokens };
}
