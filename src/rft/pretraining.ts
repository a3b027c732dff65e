/**
 * Supervised pretraining of a base policy on a task's pretraining mixture: the mean NLL of the
 * completion's tokens (eos included), AdamW with decay on matrices only, linear warm-up and
 * linear decay. Example i is f(seed, i); nothing else is random, so the same seed on the same
 * backend gives the same policy.
 */
import * as tf from '@tensorflow/tfjs-core';
import { drawStream } from '../../models/philox.ts';
import type { Policy } from '../../models/policy.ts';
import type { PolicyTokenizer } from '../../models/tokenizer.ts';
import type { Draw } from '../tasks/task.ts';
import {
  disposeMicroBatch,
  microBatchShape,
  packMicroBatch,
  partition,
  type TrainingRow,
} from './batch.ts';
import { encodePrompt } from './dataset.ts';
import { adamWUpdate, type OptimizerState } from './optimizer.ts';
import { supervisedGradient } from './policyGradient.ts';

export interface PretrainingRecipe {
  seed: number;
  steps: number;
  batchSize: number;
  warmupSteps: number;
  peakLearningRate: number;
  /** The learning rate falls linearly to this share of its peak. */
  finalShare: number;
  adamBeta1: number;
  adamBeta2: number;
  adamEpsilon: number;
  weightDecay: number;
  maxGradNorm: number;
}

/** A prompt with one completion to imitate. */
export interface PretrainingText {
  prompt: string;
  completion: string;
}

/** Linear warm-up, then linear decay to `finalShare` of the peak. */
export function pretrainingRate(recipe: PretrainingRecipe, step: number): number {
  const { warmupSteps, steps, peakLearningRate, finalShare } = recipe;
  const rise = Math.min(1, (step + 1) / warmupSteps);
  const progress = Math.max(0, step - warmupSteps) / Math.max(1, steps - warmupSteps);
  return peakLearningRate * rise * (1 - (1 - finalShare) * progress);
}

function rowsOf(
  recipe: PretrainingRecipe,
  step: number,
  textOf: (draw: Draw) => PretrainingText,
  tokenizer: PolicyTokenizer,
): TrainingRow[] {
  const rows = Array.from({ length: recipe.batchSize }, (_, i) => {
    const index = step * recipe.batchSize + i;
    const { prompt, completion } = textOf(drawStream(recipe.seed, 'pretrainingExample', index));
    return {
      promptIds: encodePrompt(tokenizer, prompt),
      completionIds: [...tokenizer.encode(completion), tokenizer.eosId],
    };
  });
  const tokens = rows.reduce((sum, row) => sum + row.completionIds.length, 0);
  return rows.map((row) => ({ ...row, advantage: 0, tokenWeight: 1 / tokens }));
}

/** One update; returns the mean NLL before it and the tokens it saw, prompts included. */
export async function pretrainingStep(
  policy: Policy,
  optimizer: OptimizerState,
  recipe: PretrainingRecipe,
  step: number,
  textOf: (draw: Draw) => PretrainingText,
  tokenizer: PolicyTokenizer,
): Promise<{ loss: number; tokens: number }> {
  const shape = microBatchShape();
  const rows = rowsOf(recipe, step, textOf, tokenizer);
  const batches = partition(rows, shape.rows).map((part) =>
    packMicroBatch(part, tokenizer.padId, shape),
  );
  const { gradient, sums } = supervisedGradient(policy, batches);
  const rate = pretrainingRate(recipe, step);
  const variables = [...policy.parameters.values()];
  adamWUpdate(variables, gradient, optimizer, rate, recipe, 'matrices only').dispose();
  const total = tf.addN(sums);
  const [loss = NaN] = await total.data();
  batches.forEach(disposeMicroBatch);
  tf.dispose([gradient, total, ...sums]);
  const tokens = rows.reduce(
    (sum, row) => sum + row.promptIds.length + row.completionIds.length,
    0,
  );
  return { loss, tokens };
}
