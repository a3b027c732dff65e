/**
 * One step of group-relative policy optimisation (Shao et al., "DeepSeekMath", 2024, algorithm 1),
 * top to bottom: prompts -> rollout -> rewards -> advantages -> gradient -> AdamW -> metrics.
 *
 * Where it differs from the paper: one policy update per rollout unless `numIterations` says more;
 * no KL unless `beta` > 0; and rows whose advantage is exactly 0 are left out of the gradient pass
 * when nothing else acts on them (no KL and no entropy bonus in the loss, one iteration), since their
 * gradient is 0. A step in which no row is left makes no update at all: the moments stay as they
 * are. With several iterations the metrics are those of the last one.
 */
import * as tf from '@tensorflow/tfjs-core';
import { disposeMicroBatch, packMicroBatch, partition, type TrainingRow } from './batch.ts';
import { entropyMask } from './entropyMask.ts';
import { countStep, sampleGroups, type ScoredGroups } from './groups.ts';
import type { Learner } from './learner.ts';
import { ratioLevel } from './loss.ts';
import { lossMetrics } from './lossMetrics.ts';
import { lossEntry } from './lossTable.ts';
import { stepMetrics } from './metrics.ts';
import { adamWUpdate, learningRateAt } from './optimizer.ts';
import { batchLogps, policyGradient, type PreparedBatch } from './policyGradient.ts';
import { mixReference, usesReference } from './reference.ts';
import type { OnPhase, OnSampled, StepResult, StepRow, UpdateSums } from './stepRow.ts';

interface Lesson {
  rows: TrainingRow[];
  /** Tokens of the step, over which means are taken; those of rows left out included. */
  tokens: number;
}

/** What the step learns from, each row with its weight. */
function lessonOf({ config }: Learner, rows: readonly StepRow[]): Lesson {
  // As in TRL a cut completion that is left out still counts in some divisors (lossTable.ts).
  const counts = ({ rollout }: StepRow): boolean =>
    !config.maskTruncatedCompletions || rollout.finishReason === 'eos';
  const shape = {
    lengths: rows.map((row) => (counts(row) ? row.rollout.completionIds.length : 0)),
    sampledTokens: rows.reduce((sum, { rollout }) => sum + rollout.completionIds.length, 0),
    maxCompletionLength: config.maxCompletionLength,
  };
  const { weight } = lossEntry(config.lossType);
  const keep =
    config.topEntropyQuantile < 1
      ? entropyMask(
          rows.map((row) => (counts(row) ? row.rollout.entropies : [])),
          config.topEntropyQuantile,
        )
      : null;
  const inLoss = (config.beta > 0 && !config.klInReward) || config.entropyCoef !== 0;
  const allMatter = inLoss || config.numIterations > 1;
  const lesson = rows.flatMap((row, i): TrainingRow[] => {
    if (!counts(row) || (row.advantage === 0 && !allMatter)) return [];
    const { promptIds, completionIds } = row.rollout;
    const { advantage } = row;
    const tokenWeight = weight(shape, i);
    return [{ promptIds, completionIds, advantage, tokenWeight, ...(keep && { keep: keep[i]! }) }];
  });
  return { rows: lesson, tokens: shape.lengths.reduce((a, b) => a + b, 0) };
}

/** The micro-batches with the log-probabilities that stay the same over all updates. */
function prepare(learner: Learner, rows: readonly TrainingRow[]): PreparedBatch[] {
  const { config, policy, reference, microBatch, tokenizer } = learner;
  const held = usesReference(config) && !config.klInReward ? reference : null;
  return partition(rows, microBatch.rows).map((part) => {
    const batch = packMicroBatch(part, tokenizer.padId, microBatch);
    const logpsUnder = (p: typeof policy): tf.Tensor2D =>
      tf.tidy(() => batchLogps(p, batch, config.temperature));
    return {
      batch,
      old: config.numIterations > 1 ? logpsUnder(policy) : null,
      ref: held ? logpsUnder(held) : null,
    };
  });
}

function release(batches: readonly PreparedBatch[]): void {
  for (const { batch, old, ref } of batches) {
    disposeMicroBatch(batch);
    if (old) old.dispose();
    if (ref) ref.dispose();
  }
}

/** What was read back: the sums of every micro-batch one after the other, then the norm. */
function readSums(
  { config }: Learner,
  values: ArrayLike<number>,
  sizes: readonly number[],
  batches: readonly PreparedBatch[],
): { sums: ReturnType<typeof lossMetrics>; gradNorm: number } {
  let end = 0;
  const all = Array.from(values);
  const parts = sizes.map((size, i) => ({
    values: all.slice(end, (end += size)),
    lengths: batches[i]!.batch.lengths,
  }));
  const onPolicy = config.numIterations === 1;
  const sums = lossMetrics(parts, config.lossType, ratioLevel(config), onPolicy);
  return { sums, gradNorm: all[end] ?? NaN };
}

/** The entropy bonus apart from the policy's own loss, under TRL's names. */
function bonusMetrics(entropyCoef: number, loss: number, entropy: number): Record<string, number> {
  if (entropyCoef === 0) return {};
  return { policy_loss: loss + entropyCoef * entropy, entropy_coef: entropyCoef };
}

/** `numIterations` updates on one batch of completions; reads one small vector back. */
async function update(
  learner: Learner,
  step: number,
  { rows, tokens }: Lesson,
): Promise<UpdateSums | null> {
  if (rows.length === 0) return null;
  const { config, policy, optimizer } = learner;
  const batches = prepare(learner, rows);
  const variables = [...policy.parameters.values()];
  const totalUpdates = config.maxSteps * config.numIterations;
  let packed = tf.zeros([1]);
  let sizes: number[] = [];
  let learningRate = 0;
  for (let iteration = 0; iteration < config.numIterations; iteration++) {
    learningRate = learningRateAt(step * config.numIterations + iteration, totalUpdates, config);
    const { gradient, sums } = policyGradient(policy, batches, config, tokens);
    const norm = adamWUpdate(variables, gradient, optimizer, learningRate, config);
    packed.dispose();
    packed = tf.tidy(() => tf.concat([...sums, tf.reshape<tf.Rank.R1>(norm, [1])]));
    sizes = sums.map(({ size }) => size);
    tf.dispose([gradient, ...sums, norm]);
  }
  const hasKl = batches.some(({ ref }) => ref !== null);
  release(batches);
  const values = await packed.data();
  packed.dispose();
  const { sums, gradNorm } = readSums(learner, values, sizes, batches);
  return {
    loss: sums.loss,
    kl: hasKl ? sums.kl / tokens : null,
    gradNorm,
    learningRate,
    more: {
      ...sums.watched,
      ...bonusMetrics(config.entropyCoef, sums.loss, sums.entropy / tokens),
    },
  };
}

/** Moves the reference where the recipe wants it to follow. */
function moveReference({ config, reference, policy, step }: Learner): void {
  const due = config.syncRefModel && step % config.refModelSyncSteps === 0;
  if (due && reference && usesReference(config)) {
    mixReference(reference, policy, config.refModelMixupAlpha);
  }
}

/** Moves the learner on by one step of RFT. */
export async function trainStep(
  learner: Learner,
  onPhase: OnPhase,
  onSampled: OnSampled,
): Promise<StepResult> {
  onPhase('sampling');
  const sampled: ScoredGroups = await sampleGroups(learner);
  const { rows, trouble, errorRatio } = sampled;
  await onSampled(rows);

  onPhase('learning');
  const { step } = learner;
  countStep(learner, sampled.prompts, sampled.tokens);
  const metrics = stepMetrics(learner, sampled);
  const updated = update(learner, step, lessonOf(learner, rows));
  moveReference(learner); // queued after the update
  return { rows, trouble, errorRatio, metrics: updated.then(metrics) };
}
