/** Decoding against a KV cache: the WASM kernels against the compositions on tfjs' CPU backend. */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, expect, test } from 'vitest';
import {
  appendToCache,
  appendToCacheReference,
  decodeAttention,
  decodeAttentionReference,
} from '../../models/ops/decodeAttention.ts';
import { hasKernel } from '../../models/ops/hasKernel.ts';
import { draws } from './draws.ts';
import { startWasmKernels } from './wasmKernels.ts';

interface Sizes {
  C: number;
  H: number;
  K: number;
  D: number;
  positions: number[];
}

const cases: Sizes[] = [
  { C: 64, H: 4, K: 4, D: 24, positions: [0, 31, 63, 4] },
  { C: 9, H: 6, K: 2, D: 5, positions: [8, 3, 0] },
  { C: 2, H: 2, K: 1, D: 16, positions: [0] },
  { C: 13, H: 3, K: 1, D: 8, positions: [12] },
];

/** A cache [B,C,K,D] filled up to, not including, each row's position. */
function filledCache({ C, K, D, positions }: Sizes, seed: number): tf.Tensor4D {
  const values = draws(positions.length * C * K * D, seed);
  positions.forEach((position, b) => {
    values.fill(0, (b * C + position) * K * D, (b + 1) * C * K * D);
  });
  return tf.tensor4d(values, [positions.length, C, K, D]);
}

/** The caches after one token, and its attention. */
async function decodeOnce(
  backend: string,
  append: typeof appendToCache,
  attend: typeof decodeAttention,
  sizes: Sizes,
): Promise<Float32Array[]> {
  await tf.setBackend(backend);
  const { H, K, D } = sizes;
  const B = sizes.positions.length;
  return tf.tidy(() => {
    const positions = tf.tensor1d(sizes.positions, 'int32');
    const [k, v] = [1, 2].map((seed) =>
      append(
        filledCache(sizes, seed),
        tf.tensor4d(draws(B * K * D, seed + 2), [B, 1, K, D]),
        positions,
      ),
    ) as [tf.Tensor4D, tf.Tensor4D];
    const q = tf.tensor4d(draws(B * H * D, 5), [B, 1, H, D]);
    return [k, v, attend(q, k, v, positions)].map((x) => x.dataSync() as Float32Array);
  });
}

beforeAll(startWasmKernels);

test.each(cases)('cache and attention equal the compositions: %j', async (sizes) => {
  const [k, v, out] = await decodeOnce(
    'cpu',
    appendToCacheReference,
    decodeAttentionReference,
    sizes,
  );
  const actual = await decodeOnce('wasm', appendToCache, decodeAttention, sizes);
  expect(hasKernel('AppendToCache') && hasKernel('DecodeAttention')).toBe(true);
  expect(actual[0]).toEqual(k);
  expect(actual[1]).toEqual(v);
  const errors = actual[2]!.map((x, i) => Math.abs(x - out![i]!));
  expect(errors.every((error) => error < 1e-6)).toBe(true);
});

test('a cache outlives the tensor it was appended to, and nothing is left behind', async () => {
  await tf.setBackend('wasm');
  const sizes = cases[1]!;
  const before = tf.memory();
  const { K, D } = sizes;
  const x = tf.ones<tf.Rank.R4>([3, 1, K, D]);
  const positions = tf.tensor1d(sizes.positions, 'int32');
  const old = filledCache(sizes, 1);
  const grown = appendToCache(old, x, positions);
  old.dispose();
  expect(grown.dataSync().slice(8 * K * D, 9 * K * D)).toEqual(new Float32Array(K * D).fill(1));
  tf.dispose([grown, x, positions]);
  expect(tf.memory().numTensors).toBe(before.numTensors);
  expect(tf.memory().numBytes).toBe(before.numBytes);
});

test('a position outside the cache is refused', async () => {
  await tf.setBackend('wasm');
  const sizes = cases[3]!;
  const x = tf.ones<tf.Rank.R4>([1, 1, 1, 8]);
  const beyond = tf.tensor1d([13], 'int32');
  expect(() => appendToCache(filledCache(sizes, 1), x, beyond)).toThrow('internal:');
});
