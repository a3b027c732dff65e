/**
 * `npm run bench [-- wasm|webgpu|page …]`: figures, never assertions. The pieces of a training
 * run and one whole step on each backend that Node has, with random weights of the default size,
 * and the sizes of the built page. Without a GPU, WebGPU needs VK_ICD_FILENAMES (see
 * workers/nodeBackend.ts) and then runs in software, slowly.
 */
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import process from 'node:process';
import * as tf from '@tensorflow/tfjs-core';
import type { BackendName } from '../../models/backend.ts';
import { CodedError } from '../../models/errors.ts';
import { microBatchShape, packMicroBatch, partition } from '../../src/rft/batch.ts';
import { defaultConfig } from '../../src/rft/config.ts';
import { evaluate } from '../../src/rft/evaluate.ts';
import { createLearner, type Learner } from '../../src/rft/learner.ts';
import { adamWUpdate } from '../../src/rft/optimizer.ts';
import { policyGradient } from '../../src/rft/policyGradient.ts';
import { takeStep } from '../../src/rft/methods.ts';
import { calculatorChain } from '../../src/tasks/calculatorChain.ts';
import { startNodeBackend } from '../../workers/nodeBackend.ts';
import { attentionFigures } from './attention.ts';
import { printPageSize } from './pageSize.ts';
import { randomPolicy } from './randomPolicy.ts';
import { rolloutFigures } from './rollout.ts';
import { bestMs, printTable, type Figure } from './timing.ts';
import { trainingFigures } from './training.ts';

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
  const shape = microBatchShape();
  const batches = partition(trainingRows, shape.rows).map((part) => ({
    batch: packMicroBatch(part, learner.tokenizer.padId, shape),
    old: null,
    ref: null,
  }));
  const gradientMs = await bestMs(async () => {
    const { gradient, sums } = policyGradient(policy, batches, config);
    await sums.data();
    tf.dispose([gradient, sums]);
  });
  const { gradient } = policyGradient(policy, batches, config);
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

async function benchBackend(name: BackendName): Promise<void> {
  const { device } = await startNodeBackend(name, (error) => {
    throw error;
  });
  const learner = createLearner(defaultConfig, task, randomPolicy());
  printTable(`${name}: ${device}`, [
    ...(await rolloutFigures(learner)),
    ...(await learningFigures(learner)),
    ['one default step, every row learned from', await bestMs(() => takeStep(learner)), 'ms'],
    ['one held-out evaluation, 150 × (1 + 4)', await bestMs(() => evaluate(learner)), 'ms'],
    ...(await attentionFigures()),
    ...(await trainingFigures()),
  ]);
}

async function benchWebGpu(): Promise<void> {
  try {
    await benchBackend('webgpu');
  } catch (error) {
    if (!(error instanceof CodedError) || error.code !== 'no-webgpu') throw error;
    console.log(`\nwebgpu: left out. ${error.message}`);
  }
}

const parts: Record<string, () => Promise<void> | void> = {
  wasm: () => benchBackend('wasm'),
  webgpu: benchWebGpu,
  page: () => printPageSize(fileURLToPath(new URL('../../dist', import.meta.url))),
};

const cpu = os.cpus()[0]?.model ?? 'unknown CPU';
console.log(`${cpu}, ${String(os.cpus().length)} cores, Node ${process.version}`);
console.log(`${new Date().toISOString().slice(0, 16)}Z, load ${os.loadavg()[0]!.toFixed(2)}`);
const wanted = process.argv.slice(2);
for (const name of wanted.length > 0 ? wanted : Object.keys(parts)) {
  const part = parts[name];
  if (!part) throw new Error(`no part "${name}": ${Object.keys(parts).join(', ')}`);
  await part();
}
console.log(`\nload at the end ${os.loadavg()[0]!.toFixed(2)}`);
process.exit(0);
