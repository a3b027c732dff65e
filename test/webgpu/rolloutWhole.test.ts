/**
 * Rollouts in which one dispatch does several tokens of all layers: rolloutSuite.ts with workgroups
 * of both kinds, the same numbers as the other way, what they cost, and when they are not taken.
 */
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rollout, type RolloutRequest } from '../../models/rollout.ts';
import {
  forceRolloutWay,
  rolloutWays,
  wholeFits,
  wholeOf,
  type WholeCut,
} from '../../models/webgpu/rolloutWay.ts';
import { classOf } from '../../models/webgpu/productWay.ts';
import { layoutOf } from '../../models/webgpu/theta.ts';
import { activeGpu } from '../../models/webgpu/tfjsGpu.ts';
import { guarded } from '../../models/webgpu/guard.ts';
import { decoderOf } from '../../src/rft/policyDecoder.ts';
import { policyTable } from '../../src/rft/policyTable.ts';
import { failingOps, fusedOps } from '../../src/rft/selfTest.ts';
import { vocabulary } from '../../src/tasks/vocabulary.ts';
import { countGpu } from '../bench/gpuCounts.ts';
import { largestError, policyOf, requestOf } from '../unit/rolloutCases.ts';
import { sizes, withPolicy } from './rolloutGpuCases.ts';
import { testRollouts } from './rolloutSuite.ts';

/** Workgroups of either kind, and dispatches as short and as long as can be. */
const cuts: Record<string, WholeCut> = {
  'as in software, one token a dispatch': {
    lanes: rolloutWays.software.lanes,
    products: Infinity,
    mostTokens: 1,
  },
  'as on a GPU, 16 tokens a dispatch': {
    lanes: rolloutWays.gpu.lanes,
    products: Infinity,
    mostTokens: 16,
  },
};

const one = sizes[2]!;
const cutAt = (mostTokens: number): WholeCut => ({ lanes: 4, products: Infinity, mostTokens });
const ofPrefixes = 5 * (one.layers - 1) + 2;

afterAll(() => {
  forceRolloutWay(undefined);
});

describe.each(Object.entries(cuts))('%s', (_name, cut) => {
  testRollouts(() => {
    forceRolloutWay('whole', cut);
  });

  test.each(Object.entries(policyTable))(
    'the self-test is content, %s',
    async (_policy, { shape }) => {
      forceRolloutWay('whole', cut);
      const decoder = decoderOf(shape, vocabulary.length);
      const sampling = fusedOps.filter(({ kernels }) => kernels.includes('Rollout'));
      expect(sampling).toHaveLength(1);
      expect(wholeOf(activeGpu().device, decoder, { rows: 4, columns: 50 })).not.toBeNull();
      expect(await failingOps(decoder, guarded, sampling)).toEqual([]);
    },
  );
});

describe('the whole way', () => {
  const cost = (changes: Partial<RolloutRequest>) =>
    withPolicy(policyOf(one), (policy) =>
      countGpu(() => rollout(policy, requestOf(one.vocab, changes))),
    );

  test('is 2 dispatches for every so many tokens, and one readback in all', async () => {
    forceRolloutWay('whole', cutAt(16));
    for (const [maxNewTokens, blocks] of [
      [1, 1],
      [16, 1],
      [17, 2],
      [33, 3],
    ] as const) {
      const { dispatches, readbacks } = await cost({ maxNewTokens });
      expect(dispatches).toBe(2 * blocks + ofPrefixes);
      expect(readbacks).toBe(1);
    }
    forceRolloutWay('whole', cutAt(1));
    expect((await cost({ maxNewTokens: 20 })).dispatches).toBe(2 * 20 + ofPrefixes);
    const { dispatches } = await cost({ maxNewTokens: 4, promptIds: [[1], [5], [1]] });
    expect(dispatches).toBe(4 * 2);
  });

  test('says what the other way says, however its tokens are cut and rows end', async () => {
    await withPolicy(policyOf(one), async (policy) => {
      const request = requestOf(one.vocab, { maxNewTokens: 37 });
      forceRolloutWay('steps');
      const wanted = await rollout(policy, request);
      expect(new Set(wanted.map((row) => row.finishReason))).toEqual(new Set(['eos', 'length']));
      for (const tokens of [1, 2, 4, 8, 16]) {
        forceRolloutWay('whole', cutAt(tokens));
        const rows = await rollout(policy, request);
        expect(largestError(rows, wanted)).toBeLessThan(1e-5);
      }
    });
  });

  test('leaves no tensor and no byte behind', async () => {
    forceRolloutWay('whole');
    await withPolicy(policyOf(one), async (policy) => {
      await rollout(policy, requestOf(one.vocab));
      const before = tf.memory();
      await rollout(policy, requestOf(one.vocab));
      expect(tf.memory()).toEqual(before);
    });
  });
});

describe('the whole way is taken', () => {
  const limits = {
    maxComputeWorkgroupStorageSize: 16_384,
    maxBufferSize: 2 ** 28,
    maxStorageBufferBindingSize: 2 ** 27,
  };
  let config: Parameters<typeof wholeFits>[0];

  beforeAll(() => {
    const policy = policyOf(one);
    ({ config } = policy);
    tf.dispose([...policy.parameters.values()]);
  });

  test('where activations fit the workgroup and the cache one buffer', () => {
    expect(wholeFits(config, 100, limits)).toBe(true);
    // 16 bytes for each of 20 + 48 numbers, and one number more.
    const tight = { ...limits, maxComputeWorkgroupStorageSize: 16 * (20 + 48) + 16 };
    expect(wholeFits(config, 100, tight)).toBe(true);
    tight.maxComputeWorkgroupStorageSize--;
    expect(wholeFits(config, 100, tight)).toBe(false);
    // Keys and values of 3 layers, 2 heads of 8 numbers.
    const columnBytes = 4 * 2 * 3 * 2 * 8;
    for (const limit of ['maxBufferSize', 'maxStorageBufferBindingSize'] as const) {
      const small = { ...limits, [limit]: 100 * columnBytes };
      expect(wholeFits(config, 100, small)).toBe(true);
      expect(wholeFits(config, 101, small)).toBe(false);
    }
  });

  test('as the table says, in dispatches of a power of two of tokens, and none too long', () => {
    const { device } = activeGpu();
    const wholeAt = (rows: number) => wholeOf(device, config, { rows, columns: 500 });
    forceRolloutWay('steps');
    expect(wholeAt(12)).toBeNull();
    forceRolloutWay(undefined);
    const { way, lanes, mostTokens } = rolloutWays[classOf(device)];
    expect(wholeAt(12)).toEqual(way === 'whole' ? { lanes, tokens: mostTokens } : null);
    const each = 32 * layoutOf(config).size; // of a token of up to 32 rows
    for (const [products, tokens] of [
      [each, 1],
      [3.9 * each, 2],
      [4 * each, 4],
      [Infinity, 16],
    ] as const) {
      forceRolloutWay('whole', { lanes: 8, products, mostTokens: 16 });
      expect(wholeAt(12)).toEqual({ lanes: 8, tokens });
    }
    forceRolloutWay('whole', { lanes: 8, products: 0.99 * each, mostTokens: 16 });
    expect(wholeAt(12)).toBeNull();
    forceRolloutWay('whole', { lanes: 8, products: each, mostTokens: 16 });
    expect(wholeAt(33)).toBeNull();
  });
});
