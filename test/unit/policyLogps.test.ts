/** The fused training pass: the WASM kernels against the composition on tfjs' CPU backend. */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, test } from 'vitest';
import { hasKernel } from '../../models/ops/hasKernel.ts';
import {
  passKernelTakes,
  logpsGradient,
  logpsGradientReference,
  policyLogps,
} from '../../models/ops/policyLogps.ts';
import { disposePolicy } from '../../models/policy.ts';
import { randomPolicy } from '../bench/randomPolicy.ts';
import {
  cases,
  compare,
  distance,
  entropyCases,
  evaluate,
  makePolicy,
  onEntropies,
  onLogps,
  small,
  untied,
  type Values,
} from './policyLogpsCases.ts';
import { startWasmKernels } from './wasmKernels.ts';

beforeAll(startWasmKernels);

describe('log-probabilities of a policy', () => {
  test('the kernels are used on wasm, and for the architectures that they take', async () => {
    await tf.setBackend('wasm');
    expect(hasKernel('PolicyLogps')).toBe(true);
    await tf.setBackend('cpu');
    expect(hasKernel('PolicyLogps')).toBe(false);
    const takes = (sizes: Record<string, unknown>): boolean =>
      passKernelTakes(randomPolicy({ ...small, ...sizes }).config);
    expect(cases.every(({ sizes = {} }) => takes(sizes))).toBe(true);
    expect(takes({ model_type: 'qwen2' })).toBe(false);
    expect(takes({ model_type: 'qwen3' })).toBe(false);
    expect(takes({ intermediate_size: 54 })).toBe(false);
    expect(takes({ hidden_size: 36, head_dim: 8 })).toBe(false);
  });

  test.each([...cases, ...entropyCases])(
    'values and gradients equal the composition: %j',
    async (one) => {
      await compare('wasm', one, 5e-6);
    },
  );

  test('extreme logits: the same values and gradients, all of them finite', async () => {
    const one = { B: 2, T: 11, sizes: untied, sharpness: 1000 };
    const { logps, gradient } = await compare('wasm', one, 1e-4);
    expect(Math.min(...logps)).toBeLessThan(-500);
    expect(gradient.every(Number.isFinite)).toBe(true);
  });

  test.each([0.7, 1, 1.3])('extreme logits: entropies too, at temperature %f', async (t) => {
    const sizes = { ...untied, vocab_size: 37 };
    const one = { B: 2, T: 11, sizes, sharpness: 1000, temperature: t, entropies: true };
    const { entropies, gradient } = await compare('wasm', one, 1e-4);
    expect(Math.min(...entropies)).toBeLessThan(1e-6);
    expect([...entropies, ...gradient].every(Number.isFinite)).toBe(true);
  });

  test('a loss may leave out either', async () => {
    await compare('wasm', entropyCases[4]!, 5e-6, onLogps);
    await compare('wasm', entropyCases[4]!, 5e-6, onEntropies);
  });

  test('asking for entropies changes nothing else', async () => {
    const plain = await evaluate('wasm', logpsGradient, cases[4]!, onLogps);
    const asked = await evaluate('wasm', logpsGradient, entropyCases[4]!, onLogps);
    expect(asked.logps).toEqual(plain.logps);
    expect(distance(asked.gradient, plain.gradient)).toBeLessThan(1e-6);
  });

  test.each([{ model_type: 'qwen2' }, { model_type: 'qwen3' }, { intermediate_size: 54 }])(
    'other architectures take the composition: %j',
    async (sizes) => {
      for (const entropies of [false, true]) {
        const one = { B: 2, T: 5, sizes, entropies };
        const expected = await evaluate('wasm', logpsGradientReference, one);
        expect(await evaluate('wasm', logpsGradient, one)).toEqual(expected);
      }
    },
  );

  test.each([
    ['without', cases, entropyCases],
    ['with', entropyCases, cases],
  ])(
    'equal inputs give equal bits, whatever ran in between: %s entropies',
    async (_, own, other) => {
      const first = await evaluate('wasm', logpsGradient, own[7]!);
      await evaluate('wasm', logpsGradient, other[4]!);
      expect(await evaluate('wasm', logpsGradient, own[7]!)).toEqual(first);
    },
  );

  test('a token outside the vocabulary is refused', async () => {
    await tf.setBackend('wasm');
    const policy = makePolicy(cases[0]!);
    const { vocabSize } = policy.config;
    const run = (id: number, target: number): Values =>
      tf.tidy(() => {
        const ids = tf.tensor2d([0, id], [1, 2], 'int32');
        const targets = tf.tensor1d([target, 0], 'int32');
        return policyLogps(policy, { ids, targets, temperature: 1 }).dataSync() as Values;
      });
    expect(run(vocabSize - 1, vocabSize - 1).every(Number.isFinite)).toBe(true);
    expect(() => run(vocabSize, 0)).toThrow('outside the vocabulary');
    expect(() => run(0, -1)).toThrow('outside the vocabulary');
    disposePolicy(policy);
  });

  test.each([cases[2]!, entropyCases[2]!])('no tensor is left behind: %j', async (one) => {
    await evaluate('wasm', logpsGradient, one);
    const before = tf.memory();
    await evaluate('wasm', logpsGradient, one);
    expect(tf.memory().numTensors).toBe(before.numTensors);
    expect(tf.memory().numBytes).toBe(before.numBytes);
  });
});
