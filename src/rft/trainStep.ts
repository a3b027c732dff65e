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
import { rollout, type RolloutRow } from '../../models/rollout.ts';
import type { Example } from '../tasks/task.ts';
import { computeAdvantages, type Advantages } from './advantage.ts';
import {
  disposeMicroBatch,
  microBatchShape,
  packMicroBatch,
  partition,
  type TrainingRow,
} from './batch.ts';
import { encodePrompt, nextExamples } from './dataset.ts';
import type { Learner } from './learner.ts';
import { tokenWeights } from './loss.ts';
import { stepMetrics } from './metrics.ts';
import { adamWUpdate, learningRateAt } from './optimizer.ts';
import { batchLogps, policyGradient, type PreparedBatch } from './policyGradient.ts';
import type { StepRow, UpdateSums } from './stepRow.ts';
import { rewardWeights, scoreCompletion, shuffledScores, type ScoredCompletion } from './reward.ts';

export interface StepResult {
  rows: StepRow[];
  /** Plain numbers under TRL's names. */
  metrics: Record<string, number>;
}

/** Samples `numGenerations` completions for each of the step's prompts, prompt-major. */
async function sampleGroups(
  learner: Learner,
): Promise<{ promptIndex: number; example: Example; rollout: RolloutRow }[]> {
  const { config, tokenizer } = learner;
  const prompts = config.generationBatchSize / config.numGenerations;
  const rows = nextExamples(learner.train, learner.promptCursor, prompts).flatMap((one) =>
    Array.from({ length: config.numGenerations }, () => one),
  );
  const sampled = await rollout(learner.policy, {
    promptIds: rows.map(({ example }) => encodePrompt(tokenizer, example.prompt)),
    maxNewTokens: config.maxCompletionLength,
    eosId: tokenizer.eosId,
    padId: tokenizer.padId,
    warping: config,
    draw: { seed: config.seed, purpose: 'sample', step: learner.step },
  });
  return rows.map(({ index, example }, i) => {
    const row = sampled[i];
    if (!row) throw new Error('internal: the rollout lost a row');
    return { promptIndex: index, example, rollout: row };
  });
}

function trainingRows(
  learner: Learner,
  rows: readonly RolloutRow[],
  advantages: readonly number[],
) {
  const { config } = learner;
  const shape = {
    lengths: rows.map((row) => row.completionIds.length),
    maxCompletionLength: config.maxCompletionLength,
  };
  const all = rows.map((row, i): TrainingRow => ({
    promptIds: row.promptIds,
    completionIds: row.completionIds,
    advantage: advantages[i] ?? 0,
    tokenWeight: tokenWeights[config.lossType](shape, i),
  }));
  const allMatter = config.beta > 0 || config.numIterations > 1;
  return allMatter ? all : all.filter((row) => row.advantage !== 0);
}

/** `numIterations` updates on one batch of completions; reads one small vector back. */
async function update(learner: Learner, rows: readonly TrainingRow[]): Promise<UpdateSums | null> {
  if (rows.length === 0) return null;
  const { config, policy, reference, optimizer } = learner;
  const shape = microBatchShape();
  const batches: PreparedBatch[] = partition(rows, shape.rows).map((part) => {
    const batch = packMicroBatch(part, learner.tokenizer.padId, shape);
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
    learningRate = learningRateAt(
      learner.step * config.numIterations + iteration,
      totalUpdates,
      config,
    );
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

function advantagesOf(learner: Learner, scores: readonly (number | null)[][]): Advantages {
  const { config, task } = learner;
  return computeAdvantages(scores, {
    numGenerations: config.numGenerations,
    rewardWeights: rewardWeights(task, config.rewardWeights),
    scaleRewards: config.scaleRewards,
    multiObjectiveAggregation: config.multiObjectiveAggregation,
  });
}

/** Moves the learner on by one step. `onPhase` tells what is being done, for the status line. */
export async function trainStep(
  learner: Learner,
  onPhase: (phase: 'sampling' | 'learning') => void = () => undefined,
): Promise<StepResult> {
  const { config, task, tokenizer } = learner;

  onPhase('sampling');
  const groups = await sampleGroups(learner);

  const scored = groups.map(({ example, rollout: row }) =>
    scoreCompletion(task, example, row, tokenizer),
  );
  const ownScores = scored.map(({ scores }) => scores);
  const scores = config.shuffleRewards
    ? shuffledScores(ownScores, config.seed, learner.step)
    : ownScores;

  const result = advantagesOf(learner, scores);

  onPhase('learning');
  const rollouts = groups.map((group) => group.rollout);
  const sums = await update(learner, trainingRows(learner, rollouts, result.advantages));

  learner.step += 1;
  learner.promptCursor =
    (learner.promptCursor + config.generationBatchSize / config.numGenerations) %
    learner.train.length;
  learner.numTokens += rollouts.reduce(
    (sum, row) => sum + row.promptIds.length + row.completionIds.length,
    0,
  );

  const rows = groups.map((group, i): StepRow => ({
    ...group,
    scored: scored[i] as ScoredCompletion,
    scores: scores[i] ?? [],
    reward: result.rewards[i] ?? null,
    advantage: result.advantages[i] ?? 0,
  }));
  return { rows, metrics: stepMetrics(learner, rows, result, sums) };
}
