/**
 * One step of group-relative policy optimisation (Shao et al., "DeepSeekMath", 2024, algorithm 1),
 * top to bottom: prompts -> rollout -> rewards -> advantages -> gradient -> AdamW -> metrics.
 *
 * Where it differs from the paper: one policy update per rollout unless `numIterations` says more;
 * no KL unless `beta` > 0; and rows whose advantage is exactly 0 are left out of the gradient pass
 * when nothing else acts on them (β = 0, one iteration), since their gradient is 0. A step in which
 * no row is left makes no update at all: the moments stay as they are. With several iterations the
 * metrics are those of the last one.
 */
import * as tf from '@tensorflow/tfjs-core';
import { disposeMicroBatch, packMicroBatch, partition, type TrainingRow } from './batch.ts';
import { countStep, sampleGroups, tokensOf } from './groups.ts';
import type { Learner } from './learner.ts';
import { tokenWeights } from './loss.ts';
import { stepMetrics } from './metrics.ts';
import { adamWUpdate, learningRateAt } from './optimizer.ts';
import { batchLogps, policyGradient, type PreparedBatch } from './policyGradient.ts';
import type { OnPhase, StepResult, StepRow, UpdateSums } from './stepRow.ts';

function trainingRows(learner: Learner, rows: readonly StepRow[]): TrainingRow[] {
  const { config } = learner;
  const shape = {
    lengths: rows.map(({ rollout }) => rollout.completionIds.length),
    maxCompletionLength: config.maxCompletionLength,
  };
  const all = rows.map(({ rollout, advantage }, i): TrainingRow => ({
    promptIds: rollout.promptIds,
    completionIds: rollout.completionIds,
    advantage,
    tokenWeight: tokenWeights[config.lossType](shape, i),
  }));
  const allMatter = config.beta > 0 || config.numIterations > 1;
  return allMatter ? all : all.filter((row) => row.advantage !== 0);
}

/** `numIterations` updates on one batch of completions; reads one small vector back. */
async function update(
  learner: Learner,
  step: number,
  rows: readonly TrainingRow[],
): Promise<UpdateSums | null> {
  if (rows.length === 0) return null;
  const { config, policy, reference, optimizer, microBatch } = learner;
  const batches: PreparedBatch[] = partition(rows, microBatch.rows).map((part) => {
    const batch = packMicroBatch(part, learner.tokenizer.padId, microBatch);
    const logpsUnder = (p: typeof policy): tf.Tensor2D =>
      tf.tidy(() => batchLogps(p, batch, config.temperature));
    return {
      batch,
      old: config.numIterations > 1 ? logpsUnder(policy) : null,
      ref: reference ? logpsUnder(reference) : null,
    };
  });
  const variables = [...policy.parameters.values()];
  const totalUpdates = config.maxSteps * config.numIterations;
  let packed = tf.zeros([5]);
  let learningRate = 0;
  for (let iteration = 0; iteration < config.numIterations; iteration++) {
    learningRate = learningRateAt(step * config.numIterations + iteration, totalUpdates, config);
    const { gradient, sums } = policyGradient(policy, batches, config);
    const norm = adamWUpdate(variables, gradient, optimizer, learningRate, config);
    packed.dispose();
    packed = tf.tidy(() => tf.concat([sums, tf.reshape(norm, [1])]));
    tf.dispose([gradient, sums, norm]);
  }
  for (const { batch, old, ref } of batches) {
    disposeMicroBatch(batch);
    if (old) old.dispose();
    if (ref) ref.dispose();
  }
  const [loss = NaN, kl = NaN, clippedLow = NaN, clippedHigh = NaN, gradNorm = NaN] =
    await packed.data();
  packed.dispose();
  return { loss, kl, clippedLow, clippedHigh, gradNorm, learningRate };
}

/** Moves the learner on by one step of RFT. */
export async function trainStep(learner: Learner, onPhase: OnPhase): Promise<StepResult> {
  const { config } = learner;

  onPhase('sampling');
  const { rows, advantages } = await sampleGroups(learner);

  onPhase('learning');
  const { step } = learner;
  const prompts = config.generationBatchSize / config.numGenerations;
  countStep(learner, prompts, tokensOf(rows.map(({ rollout }) => rollout)));
  const metrics = stepMetrics(learner, rows, advantages);
  return { rows, metrics: update(learner, step, trainingRows(learner, rows)).then(metrics) };
}
