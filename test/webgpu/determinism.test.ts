/**
 * A run on WebGPU repeats to the last bit, also when it is interrupted and resumed, keeps no
 * tensor from step to step, and samples what the CPU samples. The real trainer on a tiny policy;
 * only the host is the test's own.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { startBackend, type BackendChoice } from '../../models/backend.ts';
import { drawTokens, upperTriangle } from '../../models/warpers.ts';
import type { PolicyFolder } from '../../models/policyFolder.ts';
import { parseConfig } from '../../src/rft/config.ts';
import type { RunConfig } from '../../src/rft/configTable.ts';
import { createMemoryStore } from '../../workers/memoryStore.ts';
import type { TrainerStore } from '../../workers/activeRun.ts';
import { createTrainer, type Trainer } from '../../workers/trainer.ts';
import { vocabulary } from '../../src/tasks/vocabulary.ts';
import { randomPolicy } from '../bench/randomPolicy.ts';

const backendHost = {
  wasmPaths: {},
  onTrouble: (error: Error): never => {
    throw error;
  },
};

/**
 * Each of these is likely to be followed by the next: a completion then often reads `<>7`, which
 * earns the format reward, and often does not. Without that there is no advantage and no update.
 */
const chain = ['|', '<', '>', '7', '<eos>'];

function tinyPolicy(): PolicyFolder {
  const hidden = 16;
  const folder = randomPolicy({
    hidden_size: hidden,
    intermediate_size: 32,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    tie_word_embeddings: false,
  });
  const embedding = folder.tensors.get('model.embed_tokens.weight')!;
  const head = folder.tensors.get('lm_head.weight')!;
  const rowOf = (token: string): number => vocabulary.indexOf(token) * hidden;
  for (const [i, token] of chain.slice(0, -1).entries()) {
    embedding.data[rowOf(token) + i] = 1;
    head.data[rowOf(chain[i + 1]!) + i] = 1.3; // times √16: a logit of about 5
  }
  return folder;
}

function configOf(changes: Partial<RunConfig> = {}): RunConfig {
  const { config, problems } = parseConfig({
    seed: 3, // both steps have completions that earn more than their neighbours
    maxSteps: 2,
    numPrompts: 2,
    generationBatchSize: 4,
    numGenerations: 2,
    maxCompletionLength: 6,
    numEvalPrompts: 2,
    numEvalGenerations: 1,
    ...changes,
  });
  if (!config) throw new Error(JSON.stringify(problems));
  return config;
}

let backend: BackendChoice;
let drawnOnCpu: number[][];

function trainerOn(store: TrainerStore, runId = 'run'): Trainer {
  const base = { folder: tinyPolicy(), hash: 'tiny' };
  return createTrainer({
    startBackend: () => Promise.resolve(backend),
    loadPolicy: () => Promise.resolve(base),
    openStore: () => Promise.resolve(store),
    rewardRunner: null,
    newRunId: () => runId,
    now: () => performance.now(),
    breathe: () => new Promise((resolve) => setTimeout(resolve)),
  });
}

/** Of the newest checkpoint: its step and the hash of its tensors; and each step's gradient norm. */
async function outcome(store: TrainerStore) {
  const { checkpoint } = await store.loadCheckpoint('run');
  const rows = await store.metrics('run');
  return {
    step: checkpoint.step,
    tensors: bytesToHex(sha256(checkpoint.tensors)),
    gradNorms: rows.filter(({ step }) => step > 0).map(({ values }) => values['grad_norm']),
  };
}

async function uninterrupted(config: RunConfig) {
  const store = createMemoryStore();
  const trainer = trainerOn(store);
  await trainer.start(config);
  await trainer.settled();
  return outcome(store);
}

/** Dyadic, so that the cumulative sums are exact on every backend. */
const probabilities = [3 / 16, 1 / 16, 0, 8 / 16, 4 / 16];
const uniforms = Array.from({ length: 40 }, (_, i) => (i + 0.5) / 40);

/** Two rows for each uniform u: one drawn with u, one with 1 − u. */
async function drawAll(): Promise<number[][]> {
  const rows = tf.tensor2d([probabilities, probabilities]);
  const upper = upperTriangle(probabilities.length);
  const drawn: number[][] = [];
  for (const u of uniforms) {
    const tokens = tf.tidy(() => drawTokens(rows, tf.tensor1d([u, 1 - u]), upper));
    drawn.push([...(await tokens.data())]);
    tokens.dispose();
  }
  tf.dispose([rows, upper]);
  return drawn;
}

beforeAll(async () => {
  await startBackend('cpu', backendHost);
  drawnOnCpu = await drawAll();
  backend = await startBackend('webgpu', backendHost);
});

describe('a run on WebGPU', () => {
  it('gives the same bytes twice, and again when resumed after step 1', async () => {
    const first = await uninterrupted(configOf());
    expect(first.step).toBe(2);
    expect(first.gradNorms).toHaveLength(2);
    for (const norm of first.gradNorms) expect(norm).toBeGreaterThan(0);
    const second = await uninterrupted(configOf());
    expect(second.tensors).toBe(first.tensors);

    const store = createMemoryStore();
    const interrupted = trainerOn(store);
    await interrupted.startPaused(configOf());
    await interrupted.settled();
    const halfway = await outcome(store);
    expect(halfway.step).toBe(1);
    expect(halfway.tensors).not.toBe(first.tensors);
    const resumed = trainerOn(store);
    await resumed.resume('run');
    await resumed.settled();
    const third = await outcome(store);
    expect(third.step).toBe(2);
    expect(third.tensors).toBe(first.tensors);
  });

  it('keeps no tensor from step to step', async () => {
    const trainer = trainerOn(createMemoryStore());
    await trainer.startPaused(configOf({ maxSteps: 4, beta: 0.1, numIterations: 2 }));
    await trainer.settled();
    await trainer.step();
    const before = tf.memory();
    await trainer.step();
    const after = tf.memory();
    expect(trainer.learner()?.step).toBe(3);
    expect(after.numTensors).toBe(before.numTensors);
    expect(after.numDataBuffers).toBe(before.numDataBuffers);
  });
});

describe('drawing tokens on WebGPU', () => {
  it('draws every possible token for the first element, and what the CPU draws', async () => {
    const drawn = await drawAll();
    expect(new Set(drawn.map(([first]) => first))).toEqual(new Set([0, 1, 3, 4]));
    expect(drawn).toEqual(drawnOnCpu);
  });
});
