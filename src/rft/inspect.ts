/**
 * Looking at one group of a step from both sides of its update: the log-probabilities of its
 * tokens, and completions of the same prompt drawn afresh. Nothing here moves the learner: draws
 * have a purpose of their own, counters stay, and every tensor that is made is given back.
 */
import * as tf from '@tensorflow/tfjs-core';
import { rollout, type RolloutRow } from '../../models/rollout.ts';
import { computeAdvantages } from './advantage.ts';
import { disposeMicroBatch, packMicroBatch, partition, type TrainingRow } from './batch.ts';
import type { Learner } from './learner.ts';
import { batchLogps } from './policyGradient.ts';
import { readCompletion } from './reward.ts';
import { weightsOf } from './rewardSpec.ts';
import type { StepRow } from './stepRow.ts';

/** Log-probabilities of each row's completion tokens, eos included, at the run's temperature. */
export async function completionLogps(
  { config, policy, microBatch, tokenizer }: Learner,
  rollouts: readonly RolloutRow[],
): Promise<number[][]> {
  const rows = rollouts.map(({ promptIds, completionIds }): TrainingRow => ({
    promptIds,
    completionIds,
    advantage: 0,
    tokenWeight: 0,
  }));
  const read = new Map<TrainingRow, number[]>();
  for (const part of partition(rows, microBatch.rows)) {
    const batch = packMicroBatch(part, tokenizer.padId, microBatch);
    const logps = tf.tidy(() => batchLogps(policy, batch, config.temperature)); // [B, T]
    const values = await logps.data();
    const [, columns] = logps.shape;
    part.forEach((row, b) => {
      const begin = b * columns + row.promptIds.length - 1;
      read.set(row, Array.from(values.slice(begin, begin + row.completionIds.length)));
    });
    logps.dispose();
    disposeMicroBatch(batch);
  }
  return rows.map((row) => read.get(row) ?? []);
}

/** As many completions of the group's prompt again, scored, by the policy as it is now. */
export async function sampleAgain(learner: Learner, group: readonly StepRow[]): Promise<StepRow[]> {
  const { config, task, tokenizer, scorer } = learner;
  const drawn = await rollout(learner.policy, {
    promptIds: group.map((row) => row.rollout.promptIds),
    maxNewTokens: config.maxCompletionLength,
    eosId: tokenizer.eosId,
    padId: tokenizer.padId,
    warping: config,
    draw: { seed: config.seed, purpose: 'ask', step: learner.step },
  });
  const rows = group.map(({ promptIndex, example }, i) => ({
    promptIndex,
    example,
    rollout: drawn[i]!,
    completion: readCompletion(task, example, drawn[i]!, tokenizer),
  }));
  const { scores } = await scorer.score(rows, learner.step);
  const { rewards } = computeAdvantages(scores, {
    numGenerations: group.length,
    rewardWeights: weightsOf(task, config),
    scaleRewards: 'none',
    advantageBaseline: 'none',
    multiObjectiveAggregation: 'sum_then_normalize',
  });
  // They are only looked at: there is no advantage to have.
  return rows.map((row, i) => ({ ...row, scores: scores[i]!, reward: rewards[i]!, advantage: 0 }));
}
