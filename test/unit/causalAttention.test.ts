/** Causal attention: the WASM kernels against the composition on tfjs' CPU backend. */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, test } from 'vitest';
import '../../models/gradients.ts';
import { causalAttention, causalAttentionReference } from '../../models/ops/causalAttention.ts';
import { hasKernel } from '../../models/ops/hasKernel.ts';
import { draws } from './draws.ts';
import { startWasmKernels } from './wasmKernels.ts';

interface Sizes {
  B: number;
  T: number;
  H: number;
  K: number;
  D: number;
  /** Multiplies q, so that softmax saturates. */
  sharpness?: number;
}

type Values = Float32Array;
type Attention = typeof causalAttention;

/** Output and the gradients of q, k, v of `attend` on `backend`, for fixed draws. */
async function evaluate(backend: string, attend: Attention, sizes: Sizes): Promise<Values[]> {
  await tf.setBackend(backend);
  const { B, T, H, K, D, sharpness = 1 } = sizes;
  const queryShape: [number, number, number, number] = [B, T, H, D];
  const keyShape: [number, number, number, number] = [B, T, K, D];
  return tf.tidy(() => {
    const drawn = draws(B * T * H * D, 1).map((x) => x * sharpness);
    const q = tf.tensor4d(drawn, queryShape);
    const k = tf.tensor4d(draws(B * T * K * D, 2), keyShape);
    const v = tf.tensor4d(draws(B * T * K * D, 3), keyShape);
    const dy = tf.tensor4d(draws(B * T * H * D, 4), queryShape);
    const gradients = tf.grads((...args: tf.Tensor[]) => {
      const [x, y, z] = args as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
      return attend(x, y, z);
    });
    return [attend(q, k, v), ...gradients([q, k, v], dy)].map((x) => x.dataSync() as Values);
  });
}

/** The largest difference, relative to the largest expected value (0.1 at least). */
function distance(actual: Values, expected: Values): number {
  expect(actual.length).toBe(expected.length);
  const scale = expected.reduce((most, x) => Math.max(most, Math.abs(x)), 0.1);
  return actual.reduce((most, x, i) => {
    const difference = Math.abs(x - expected[i]!) / scale;
    return difference <= most ? most : difference; // NaN comes through
  }, 0);
}

const cases: Sizes[] = [
  { B: 3, T: 7, H: 4, K: 4, D: 24 },
  { B: 1, T: 68, H: 4, K: 4, D: 24 },
  { B: 1, T: 1, H: 2, K: 2, D: 8 },
  { B: 3, T: 68, H: 6, K: 2, D: 8 },
  { B: 3, T: 7, H: 6, K: 2, D: 5 },
  { B: 1, T: 33, H: 3, K: 1, D: 5 },
  { B: 1, T: 68, H: 2, K: 1, D: 16 },
  { B: 3, T: 68, H: 4, K: 4, D: 24, sharpness: 100 },
];

beforeAll(startWasmKernels);

describe('causal attention', () => {
  test('the kernels are used on wasm and only there', async () => {
    await tf.setBackend('wasm');
    expect(hasKernel('CausalAttention')).toBe(true);
    await tf.setBackend('cpu');
    expect(hasKernel('CausalAttention')).toBe(false);
  });

  test.each(cases)('values and gradients equal the composition: %j', async (sizes) => {
    const expected = await evaluate('cpu', causalAttentionReference, sizes);
    const actual = await evaluate('wasm', causalAttention, sizes);
    const tolerance = sizes.sharpness ? 1e-4 : 2e-6;
    actual.forEach((values, i) => expect(distance(values, expected[i]!)).toBeLessThan(tolerance));
  });

  test('the composition gives the same on wasm', async () => {
    const sizes = cases[4]!;
    const expected = await evaluate('cpu', causalAttentionReference, sizes);
    const actual = await evaluate('wasm', causalAttentionReference, sizes);
    actual.forEach((values, i) => expect(distance(values, expected[i]!)).toBeLessThan(2e-6));
  });

  test('each row sees itself and the rows before it only', async () => {
    await tf.setBackend('wasm');
    const [B, T, H, D] = [1, 6, 1, 4];
    const attend = (values: Values): Values =>
      tf.tidy(() => {
        const x = tf.tensor4d(values, [B, T, H, D]);
        return causalAttention(x, x, x).dataSync() as Values;
      });
    const values = draws(B * T * H * D, 5);
    const before = attend(values);
    values.fill(9, 3 * D);
    const after = attend(values);
    expect(after.slice(0, 3 * D)).toEqual(before.slice(0, 3 * D));
    expect(after.slice(3 * D)).not.toEqual(before.slice(3 * D));
  });

  test('a huge score makes neither NaN nor infinity', async () => {
    const sizes = { B: 1, T: 9, H: 2, K: 1, D: 8, sharpness: 1e6 };
    const results = await evaluate('wasm', causalAttention, sizes);
    for (const values of results) expect(values.every(Number.isFinite)).toBe(true);
  });

  test('equal inputs give equal bits, whatever ran in between', async () => {
    const first = await evaluate('wasm', causalAttention, cases[3]!);
    await evaluate('wasm', causalAttention, cases[7]!);
    expect(await evaluate('wasm', causalAttention, cases[3]!)).toEqual(first);
  });

  test('no tensor is left behind', async () => {
    await evaluate('wasm', causalAttention, cases[4]!);
    const before = tf.memory();
    await evaluate('wasm', causalAttention, cases[4]!);
    expect(tf.memory().numTensors).toBe(before.numTensors);
    expect(tf.memory().numBytes).toBe(before.numBytes);
  });
});
