/**
 * The steps that imitate texts: supervised fine-tuning on the gold completions of the same prompts
 * (SFT), and rejection sampling, which samples groups as RFT does and imitates the best completion
 * of each (Dong et al., "RAFT", 2023, algorithm 1; best-of-n at every step instead of once). Both
 * minimise the mean negative log-likelihood of the completions' tokens, eos included, the prompts
 * being given (TRL's SFTTrainer with `completion_only_loss`).
 */
import * as tf from '@tensorflow/tfjs-core';
import { disposeMicroBatch, packMicroBatch, partition } from './batch.ts';
import { encodePrompt, nextExamples } from './dataset.ts';
import { goldCompletion } from './goldCompletion.ts';
import { countStep, sampleGroups, tokensOf } from './groups.ts';
import type { Learner } from './learner.ts';
import { stepMetrics } from './metrics.ts';
import { adamWUpdate, learningRateAt } from './optimizer.ts';
import { supervisedGradient } from './policyGradient.ts';
import type { OnPhase, OnSampled, StepResult, StepRow, UpdateSums } from './stepRow.ts';

/** A text to imitate, as tokens. */
interface Text {
  promptIds: readonly number[];
  /** eos included, but for a sampled text that was cut. */
  completionIds: readonly number[];
}

/** One AdamW update towards the texts; null when there are none. */
async function imitate(
  learner: Learner,
  step: number,
  texts: readonly Text[],
): Promise<UpdateSums | null> {
  if (texts.length === 0) return null;
  const { config, policy, tokenizer, optimizer, microBatch } = learner;
  const tokens = texts.reduce((sum, { completionIds }) => sum + completionIds.length, 0);
  const rows = texts.map((text) => ({ ...text, advantage: 0, tokenWeight: 1 / tokens }));
  const batches = partition(rows, microBatch.rows).map((part) =>
    packMicroBatch(part, tokenizer.padId, microBatch),
  );
  const learningRate = learningRateAt(step, config.maxSteps, config);
  const { gradient, sums } = supervisedGradient(policy, batches);
  const variables = [...policy.parameters.values()];
  const norm = adamWUpdate(variables, gradient, optimizer, learningRate, config);
  const packed = tf.tidy(() => tf.concat([...sums, tf.reshape<tf.Rank.R1>(norm, [1])]));
  batches.forEach(disposeMicroBatch);
  tf.dispose([gradient, ...sums, norm]);
  const values = Array.from(await packed.data());
  packed.dispose();
  const gradNorm = values.pop() ?? NaN;
  const loss = values.reduce((a, b) => a + b, 0);
  return { loss, gradNorm, learningRate, kl: null, more: {} };
}

/** Moves the learner on by one step of SFT: the next `generationBatchSize` prompts, in order. */
export function supervisedStep(learner: Learner, onPhase: OnPhase): Promise<StepResult> {
  const { config, task, tokenizer } = learner;
  onPhase('learning');
  const count = config.generationBatchSize;
  const texts = nextExamples(learner.train, learner.promptCursor, count).map(
    ({ example }): Text => ({
      promptIds: encodePrompt(tokenizer, example.prompt),
      completionIds: [
        ...tokenizer.encode(goldCompletion(task, example, config.sftTarget)),
        tokenizer.eosId,
      ],
    }),
  );
  const { step } = learner;
  countStep(learner, count, tokensOf(texts));
  const { numTokens } = learner;
  const metrics = (sums: UpdateSums | null): Record<string, number> => ({
    loss: sums?.loss ?? 0,
    grad_norm: sums?.gradNorm ?? 0,
    learning_rate: sums?.learningRate ?? 0,
    num_tokens: numTokens,
  });
  const updated = imitate(learner, step, texts).then(metrics);
  return Promise.resolve({ rows: [], trouble: [], errorRatio: 0, metrics: updated });
}

/**
 * The best completion of each group of `size` rows: the first of those with the highest reward.
 * A group whose best reward is 0 or missing has no winner: nothing in it is worth imitating.
 */
export function winners(rows: readonly StepRow[], size: number): StepRow[] {
  return rows.filter((row, i) => {
    const first = i - (i % size);
    const group = rows.slice(first, first + size).map(({ reward }) => reward ?? 0);
    const best = Math.max(...group);
    return best > 0 && group.indexOf(best) === i - first && row.reward !== null;
  });
}

/**
 * Moves the learner on by one step of rejection sampling. Its gradient is that of a policy gradient
 * with advantage 1 for the winners and 0 for the rest, and so they are told.
 */
export async function rejectionStep(
  learner: Learner,
  onPhase: OnPhase,
  onSampled: OnSampled,
): Promise<StepResult> {
  onPhase('sampling');
  const sampled = await sampleGroups(learner);
  const { trouble, errorRatio } = sampled;
  const kept = winners(sampled.rows, learner.config.numGenerations);
  const rows = sampled.rows.map((row) => ({ ...row, advantage: Number(kept.includes(row)) }));
  await onSampled(rows);
  onPhase('learning');
  const { step } = learner;
  countStep(learner, sampled.prompts, sampled.tokens);
  const texts = kept.map(({ rollout }) => rollout);
  const metrics = stepMetrics(learner, sampled);
  const updated = imitate(learner, step, texts).then(metrics);
  return { rows, trouble, errorRatio, metrics: updated };
}
