/** Rollouts of 5L + 3 dispatches a token: rolloutSuite.ts, what they cost, what is not for them. */
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, describe, expect, test } from 'vitest';
import { rollout, rolloutKernelTakes, type RolloutRequest } from '../../models/rollout.ts';
import { forceRolloutWay } from '../../models/webgpu/rolloutWay.ts';
import { countGpu } from '../bench/gpuCounts.ts';
import { policyOf, requestOf, type Sizes } from '../unit/rolloutCases.ts';
import { sizes, withPolicy } from './rolloutGpuCases.ts';
import { testRollouts } from './rolloutSuite.ts';

afterAll(() => {
  forceRolloutWay(undefined);
});

testRollouts(() => {
  forceRolloutWay('steps');
});

describe('the cost of a rollout', () => {
  const one = sizes[2]!;
  const perToken = 5 * one.layers + 3;
  const ofPrefixes = 5 * (one.layers - 1) + 2;

  test('is 5L + 3 dispatches a token, and one readback in all', async () => {
    await withPolicy(policyOf(one), async (policy) => {
      const cost = (changes: Partial<RolloutRequest>) =>
        countGpu(() => rollout(policy, requestOf(one.vocab, changes)));
      for (const maxNewTokens of [1, 20, 33]) {
        const { dispatches, readbacks } = await cost({ maxNewTokens });
        expect(dispatches).toBe(maxNewTokens * perToken + ofPrefixes);
        expect(readbacks).toBe(1);
      }
      // Prompts of one token have no prefixes to run.
      const { dispatches } = await cost({ maxNewTokens: 4, promptIds: [[1], [5], [1]] });
      expect(dispatches).toBe(4 * perToken);
    });
  });

  test('is no tensor and no byte left behind', async () => {
    await withPolicy(policyOf(one), async (policy) => {
      await rollout(policy, requestOf(one.vocab));
      const before = tf.memory();
      await rollout(policy, requestOf(one.vocab));
      expect(tf.memory()).toEqual(before);
    });
  });
});

test('what the kernel cannot do is left to the composition', async () => {
  const takes = (changes: Partial<Sizes>, modelType = 'llama'): Promise<boolean> =>
    withPolicy(policyOf({ ...sizes[0]!, ...changes }, modelType), (policy) =>
      Promise.resolve(rolloutKernelTakes(policy, requestOf(8))),
    );
  expect(await takes({})).toBe(true);
  for (const odd of [{ hidden: 18 }, { inner: 22 }, { headDim: 12 }, { vocab: 4097 }]) {
    expect(await takes(odd)).toBe(false);
  }
  expect((await takes({}, 'qwen2')) || (await takes({}, 'qwen3'))).toBe(false);
});
