/**
 * What is measured: three sizes of a training step, with random weights and every completion to
 * its full length. The pieces of a step (rollout, training pass, the whole) are plain functions
 * here; stepFigures.ts times and counts them. Nothing here knows a backend.
 */
import * as tf from '@tensorflow/tfjs-core';
import { rollout } from '../../models/rollout.ts';
import { disposeMicroBatch, packMicroBatch, partition } from '../../src/rft/batch.ts';
import { parseConfig } from '../../src/rft/config.ts';
import { encodePrompt } from '../../src/rft/dataset.ts';
import { createLearner, type Learner } from '../../src/rft/learner.ts';
import { takeStep } from '../../src/rft/methods.ts';
import { adamWUpdate } from '../../src/rft/optimizer.ts';
import { policyGradient } from '../../src/rft/policyGradient.ts';
import { calculatorChain } from '../../src/tasks/calculatorChain.ts';
import { randomPolicy } from './randomPolicy.ts';

export interface Workload {
  readonly title: string;
  /** Where config.json differs from the default policy's. */
  readonly sizes: Record<string, number>;
  /** In groups of eight, one prompt each. */
  readonly completions: number;
  readonly newTokens: number;
}

const group = 8;

export const workloads = {
  W1: { title: '64 × 48 tokens, 0.45 M', sizes: {}, completions: 64, newTokens: 48 },
  W2: {
    title: '512 × 64 tokens, 6.4 M',
    sizes: {
      hidden_size: 256,
      num_hidden_layers: 8,
      num_attention_heads: 8,
      intermediate_size: 704,
    },
    completions: 512,
    newTokens: 64,
  },
  W3: { title: '8 × 32 tokens, 0.45 M', sizes: {}, completions: 8, newTokens: 32 },
  W4: {
    title: '64 × 48 tokens, 0.09 M',
    sizes: {
      hidden_size: 48,
      num_hidden_layers: 3,
      num_attention_heads: 3,
      intermediate_size: 128,
    },
    completions: 64,
    newTokens: 48,
  },
} as const satisfies Record<string, Workload>;

export type WorkloadName = keyof typeof workloads;

/** Scores by the count of calls: rows of a group always differ, so that every row is learned from. */
function benchTask(): typeof calculatorChain {
  let calls = 0;
  const score = (): number => (calls++ % group) / group;
  const byCount = { name: 'count', meaning: 'No judgement at all.', weight: 1, score };
  return { ...calculatorChain, rewards: [byCount] };
}

/** A fresh learner on the active backend. No token is its eos, so completions never end early. */
export function learnerOf({ sizes, completions, newTokens }: Workload): Learner {
  const { config, problems } = parseConfig({
    generationBatchSize: completions,
    numGenerations: group,
    maxCompletionLength: newTokens,
    numEvalPrompts: 1,
  });
  if (!config) throw new Error(`internal: ${JSON.stringify(problems)}`);
  const learner = createLearner(config, benchTask(), randomPolicy(sizes));
  return { ...learner, tokenizer: { ...learner.tokenizer, eosId: -1 } };
}

function promptsOf({ config, tokenizer, train }: Learner): number[][] {
  const prompts = train.map(({ prompt }) => encodePrompt(tokenizer, prompt));
  return Array.from(
    { length: config.generationBatchSize },
    (_, row) => prompts[Math.floor(row / group) % prompts.length]!,
  );
}

/** Samples the step's completions, or the first `rows` of them, `newTokens` long. */
export async function sampleOnce(
  learner: Learner,
  newTokens: number,
  rows = learner.config.generationBatchSize,
): Promise<void> {
  await rollout(learner.policy, {
    promptIds: promptsOf(learner).slice(0, rows),
    maxNewTokens: newTokens,
    eosId: learner.tokenizer.eosId,
    padId: learner.tokenizer.padId,
    warping: learner.config,
    draw: { seed: 1, purpose: 'sample', step: 0 },
  });
}

/** Prompt and completion tokens that `trainOnce` learns from. */
export function trainingTokens(learner: Learner): number {
  const { generationBatchSize, maxCompletionLength } = learner.config;
  const prompts = promptsOf(learner).reduce((sum, ids) => sum + ids.length, 0);
  return prompts + generationBatchSize * maxCompletionLength;
}

/** Forward, backward and AdamW (at learning rate 0) over `rows` rows; reads one vector back. */
export async function trainOnce(learner: Learner, rows: number): Promise<void> {
  const { config, policy, optimizer, tokenizer, microBatch } = learner;
  const length = config.maxCompletionLength;
  const data = promptsOf(learner)
    .slice(0, rows)
    .map((promptIds, row) => ({
      promptIds,
      completionIds: Array.from({ length }, (_, t) => 3 + ((row * 11 + t * 7) % 60)),
      advantage: row % 2 === 0 ? 1 : -1,
      tokenWeight: 1 / (rows * length),
    }));
  const batches = partition(data, microBatch.rows).map((part) => ({
    batch: packMicroBatch(part, tokenizer.padId, microBatch),
    old: null,
    ref: null,
  }));
  const { gradient, sums } = policyGradient(policy, batches, config, rows * length);
  const norm = adamWUpdate([...policy.parameters.values()], gradient, optimizer, 0, config);
  const packed = tf.tidy(() => tf.concat([...sums, tf.reshape<tf.Rank.R1>(norm, [1])]));
  tf.dispose([gradient, ...sums, norm]);
  for (const { batch } of batches) disposeMicroBatch(batch);
  await packed.data();
  packed.dispose();
}

/** Sampling, rewards and update, until its metrics are there. */
export async function stepOnce(learner: Learner): Promise<void> {
  const { metrics } = await takeStep(learner);
  await metrics;
}

/**
 * Floating-point operations of one training pass: 6 per weight and token (2 forward, 4 backward),
 * and causal attention, 2 · 2 · width · half the columns, three times over.
 */
export function trainingFlops(learner: Learner): number {
  const { policy } = learner;
  const { numHiddenLayers, numAttentionHeads, headDim } = policy.config;
  const weights = [...policy.parameters.values()]
    .filter(({ rank }) => rank > 1)
    .reduce((sum, { size }) => sum + size, 0);
  const tokens = trainingTokens(learner);
  const columns = tokens / learner.config.generationBatchSize;
  const attention = numHiddenLayers * 6 * numAttentionHeads * headDim * columns;
  return tokens * (6 * weights + attention);
}
