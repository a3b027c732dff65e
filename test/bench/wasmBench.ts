/**
 * The WASM figures: rollout, gradient, AdamW, a step and an evaluation of the default lesson, and
 * each of our kernels against its composition.
 */
import * as tf from '@tensorflow/tfjs-core';
import { packMicroBatch, partition } from '../../src/rft/batch.ts';
import { defaultConfig } from '../../src/rft/config.ts';
import { evaluate } from '../../src/rft/evaluate.ts';
import { createLearner, type Learner } from '../../src/rft/learner.ts';
import { adamWUpdate } from '../../src/rft/optimizer.ts';
import { policyGradient } from '../../src/rft/policyGradient.ts';
import { calculatorChain } from '../../src/tasks/calculatorChain.ts';
import { startNodeBackend } from '../../workers/nodeBackend.ts';
import { attentionFigures } from './attention.ts';
import { randomPolicy } from './randomPolicy.ts';
import { rolloutFigures } from './rollout.ts';
import { printTable, type Figure } from './table.ts';
import { bestMs } from './timing.ts';
import { trainingFigures } from './training.ts';
import { stepOnce } from './workloads.ts';

const rows = 64;
const newTokens = 48;
const columns = 64;

/** Pays by length, so that random answers differ in reward and every row is learned from. */
const task = {
  ...calculatorChain,
  rewards: [
    {
      name: 'length',
      meaning: 'Share of the longest completion.',
      weight: 1,
      score: ({ completion }: { completion: string }) => completion.length / newTokens,
    },
  ],
};

/** The gradient of 64 rows of 64 positions, and one AdamW update with it. */
async function learningFigures(learner: Learner): Promise<Figure[]> {
  const { policy, config, optimizer } = learner;
  const ids = Array.from({ length: columns + 1 }, (_, i) => 3 + ((i * 7) % 60));
  const trainingRows = Array.from({ length: rows }, (_, i) => ({
    promptIds: ids.slice(0, 16),
    completionIds: ids.slice(16),
    advantage: i % 2 === 0 ? 1 : -1,
    tokenWeight: 1 / (rows * newTokens),
  }));
  const { microBatch } = learner;
  const batches = partition(trainingRows, microBatch.rows).map((part) => ({
    batch: packMicroBatch(part, learner.tokenizer.padId, microBatch),
    old: null,
    ref: null,
  }));
  const tokens = rows * newTokens;
  const gradientMs = await bestMs(async () => {
    const { gradient, sums } = policyGradient(policy, batches, config, tokens);
    await sums.at(-1)!.data(); // queued last
    tf.dispose([gradient, ...sums]);
  });
  const { gradient } = policyGradient(policy, batches, config, tokens);
  const variables = [...policy.parameters.values()];
  const adamMs = await bestMs(async () => {
    adamWUpdate(variables, gradient, optimizer, 0, config).dispose();
    await variables[variables.length - 1]!.data(); // written last: when it can be read, the update is over
  });
  return [
    ['gradient, 64 rows of 64 tokens', (rows * columns * 1000) / gradientMs, 'tokens/s'],
    ['AdamW update', adamMs, 'ms'],
  ];
}

/** Prints the figures of the WASM backend. */
export async function benchWasm(): Promise<void> {
  const { device } = await startNodeBackend('wasm', (error) => {
    throw error;
  });
  const learner = createLearner(defaultConfig, task, randomPolicy());
  printTable(`wasm: ${device}`, [
    ...(await rolloutFigures(learner)),
    ...(await learningFigures(learner)),
    ['one default step, every row learned from', await bestMs(() => stepOnce(learner)), 'ms'],
    ['one held-out evaluation, 150 × (1 + 4)', await bestMs(() => evaluate(learner)), 'ms'],
    ...(await attentionFigures()),
    ...(await trainingFigures()),
  ]);
}
