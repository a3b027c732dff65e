/**
 * What a step costs in commands: dispatches of the update and of the rollout, one readback each,
 * and buffers that stay as they are over 200 steps. Real steps of a tiny policy on WebGPU.
 */
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startBackend } from '../../models/backend.ts';
import { rollout } from '../../models/rollout.ts';
import { noWarping } from '../../models/warpers.ts';
import { forceRolloutWay } from '../../models/webgpu/rolloutWay.ts';
import { createLearner, disposeLearner, type Learner } from '../../src/rft/learner.ts';
import { takeStep } from '../../src/rft/methods.ts';
import { parseConfig } from '../../src/rft/config.ts';
import { calculatorChain } from '../../src/tasks/calculatorChain.ts';
import { countGpu } from '../bench/gpuCounts.ts';
import { liveBytes, startMeter } from '../bench/gpuMeter.ts';
import { randomPolicy } from '../bench/randomPolicy.ts';

beforeAll(async () => {
  startMeter();
  await startBackend('webgpu', {
    wasmPaths: {},
    onTrouble: (error) => {
      throw error;
    },
  });
});

/** Pays by length, so that random completions differ in reward. */
const task = {
  ...calculatorChain,
  rewards: [
    {
      name: 'length',
      meaning: 'Share of the longest completion.',
      weight: 1,
      score: ({ completion }: { completion: string }) => completion.length / 10,
    },
  ],
};

const newTokens = 6;

function learnerOf(layers: number, maxSteps = 10): Learner {
  const { config, problems } = parseConfig({
    maxSteps,
    numPrompts: 2,
    generationBatchSize: 8,
    numGenerations: 4,
    maxCompletionLength: newTokens,
  });
  if (!config) throw new Error(JSON.stringify(problems));
  return createLearner(
    config,
    task,
    randomPolicy({
      hidden_size: 16,
      intermediate_size: 24,
      num_hidden_layers: layers,
      num_attention_heads: 2,
    }),
  );
}

const ways = ['steps', 'whole'] as const;

afterEach(() => {
  forceRolloutWay(undefined);
});

describe.each([1, 2, 4])('a step of a policy with %i layers', (layers) => {
  it.each(ways)(
    'takes few dispatches, and one readback for the rollout and one for the update (%s)',
    async (way) => {
      forceRolloutWay(way);
      const learner = learnerOf(layers);
      await (
        await takeStep(learner)
      ).metrics;
      const { policy, tokenizer } = learner;
      const sampled = await countGpu(() =>
        rollout(policy, {
          promptIds: [1, 2, 3].map((token) => [1, token + 3, 5]),
          maxNewTokens: newTokens,
          eosId: tokenizer.eosId,
          padId: tokenizer.padId,
          warping: noWarping,
          draw: { seed: 1, purpose: 'sample', step: 0 },
        }),
      );
      const prefill = 5 * layers + 3;
      expect(sampled.dispatches).toBeLessThanOrEqual(prefill + newTokens * (5 * layers + 3));
      expect(sampled.readbacks).toBe(1);
      const step = await countGpu(async () => (await takeStep(learner)).metrics);
      const update = step.dispatches - sampled.dispatches;
      expect(update).toBeLessThanOrEqual(25 * layers + 40);
      expect(update).toBeGreaterThan(20 * layers); // an update was made
      expect(step.readbacks).toBe(2);
      disposeLearner(learner);
    },
  );
});

it.each(ways)(
  'holds no more buffers and tensors after 200 steps than after 10 (%s)',
  async (way) => {
    forceRolloutWay(way);
    const learner = learnerOf(1, 220);
    const steps = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i++) await (await takeStep(learner)).metrics;
    };
    await steps(10);
    const before = { bytes: liveBytes(), ...tf.memory() };
    await steps(200);
    const after = { bytes: liveBytes(), ...tf.memory() };
    expect(after.numTensors).toBe(before.numTensors);
    expect(after.numDataBuffers).toBe(before.numDataBuffers);
    // One forgotten buffer of sizes a step would be 51,200 bytes.
    expect(Math.abs(after.bytes - before.bytes)).toBeLessThan(20_000);
    disposeLearner(learner);
    forceRolloutWay(undefined);
  },
);
