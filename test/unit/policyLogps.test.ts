/** The fused training pass: the WASM kernels against the composition on tfjs' CPU backend. */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, test } from 'vitest';
import '../../models/gradients.ts';
import { hasKernel } from '../../models/ops/hasKernel.ts';
import { kernelTakes, policyLogps, policyLogpsReference } from '../../models/ops/policyLogps.ts';
import { createPolicy, disposePolicy, type Policy } from '../../models/policy.ts';
import { randomPolicy } from '../bench/randomPolicy.ts';
import { draws, startWasmKernels } from './wasmKernels.ts';

type Values = Float32Array;
type LogpsOf = typeof policyLogps;

interface Case {
  B: number;
  T: number;
  /** Fields of config.json where they differ from those below. */
  sizes?: Record<string, unknown>;
  temperature?: number;
  /** Multiplies an untied head, so that logits become extreme. */
  sharpness?: number;
}

const small = {
  hidden_size: 32,
  intermediate_size: 56,
  num_hidden_layers: 2,
  num_attention_heads: 4,
};
const untied = { tie_word_embeddings: false };

/** Weights five times as wide as fresh ones and uneven gains, so that every term counts. */
function makePolicy({ sizes, sharpness = 1 }: Case): Policy {
  const { config, tensors } = randomPolicy({ ...small, ...sizes });
  const drawn = [...tensors].map(([name, { shape, data }], i) => {
    const noise = draws(data.length, 100 + i);
    const factor = name.startsWith('lm_head') ? 5 * sharpness : 5;
    const values = shape.length === 1 ? noise.map((x) => 1 + 0.5 * x) : data.map((x) => factor * x);
    return [name, { shape, data: values }] as const;
  });
  return createPolicy(config, new Map(drawn));
}

interface Batch {
  ids: tf.Tensor2D;
  targets: tf.Tensor1D;
  dy: tf.Tensor1D;
}

/** Tokens and weights drawn anew for each seed; some weights are 0, as those of prompts are. */
function makeBatch(B: number, T: number, vocabSize: number, seed = 1): Batch {
  const tokens = (salt: number): Int32Array =>
    Int32Array.from(draws(B * T, seed + salt), (x) => Math.floor(((x + 1) / 2) * vocabSize));
  return {
    ids: tf.tensor2d(tokens(0), [B, T], 'int32'),
    targets: tf.tensor1d(tokens(1), 'int32'),
    dy: tf.tensor1d(draws(B * T, seed + 2).map((x) => (x < -0.5 ? 0 : x))),
  };
}

/** Σ dy·logps and its gradient with respect to every parameter. */
function gradientsOf(policy: Policy, loss: () => tf.Tensor): Values[] {
  const variables = [...policy.parameters.values()];
  const { grads } = tf.variableGrads(() => tf.sum(loss()), variables);
  return variables.map((variable) => grads[variable.name]!.dataSync().slice() as Values);
}

/** Log-probabilities and the gradient of every parameter, on `backend`. */
async function evaluate(backend: string, logpsOf: LogpsOf, one: Case): Promise<Values[]> {
  await tf.setBackend(backend);
  const policy = makePolicy(one);
  const { B, T, temperature = 1 } = one;
  const results = tf.tidy(() => {
    const { ids, targets, dy } = makeBatch(B, T, policy.config.vocabSize);
    const logps = (): tf.Tensor1D => logpsOf(policy, ids, targets, temperature);
    const values = logps().dataSync().slice() as Values;
    return [values, ...gradientsOf(policy, () => tf.mul(dy, logps()))];
  });
  disposePolicy(policy);
  return results;
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

const cases: Case[] = [
  { B: 3, T: 7 },
  { B: 1, T: 1 },
  { B: 1, T: 13, sizes: untied, temperature: 0.7 },
  { B: 5, T: 33, sizes: { num_hidden_layers: 1, vocab_size: 37 } },
  { B: 3, T: 9, sizes: { num_key_value_heads: 2, ...untied }, temperature: 1.3 },
  { B: 2, T: 5, sizes: { num_attention_heads: 4, head_dim: 6, vocab_size: 8 } },
  { B: 2, T: 6, sizes: { hidden_size: 96, intermediate_size: 40 } },
  { B: 3, T: 50, sizes: { hidden_size: 24, intermediate_size: 128, num_attention_heads: 3 } },
  { B: 2, T: 30, sizes: { hidden_size: 96, intermediate_size: 256, num_hidden_layers: 4 } },
];

beforeAll(startWasmKernels);

describe('log-probabilities of a policy', () => {
  test('the kernels are used on wasm, and for the architectures that they take', async () => {
    await tf.setBackend('wasm');
    expect(hasKernel('PolicyLogps')).toBe(true);
    await tf.setBackend('cpu');
    expect(hasKernel('PolicyLogps')).toBe(false);
    const takes = (sizes: Record<string, unknown>): boolean =>
      kernelTakes(randomPolicy({ ...small, ...sizes }).config);
    expect(cases.every(({ sizes = {} }) => takes(sizes))).toBe(true);
    expect(takes({ model_type: 'qwen2' })).toBe(false);
    expect(takes({ model_type: 'qwen3' })).toBe(false);
    expect(takes({ intermediate_size: 54 })).toBe(false);
    expect(takes({ hidden_size: 36, head_dim: 8 })).toBe(false);
  });

  test.each(cases)('values and gradients equal the composition: %j', async (one) => {
    const expected = await evaluate('cpu', policyLogpsReference, one);
    const actual = await evaluate('wasm', policyLogps, one);
    expect(actual.length).toBe(expected.length);
    actual.forEach((values, i) => expect(distance(values, expected[i]!)).toBeLessThan(5e-6));
  });

  test('extreme logits: the same values and gradients, all of them finite', async () => {
    const one = { B: 2, T: 11, sizes: untied, sharpness: 1000 };
    const expected = await evaluate('cpu', policyLogpsReference, one);
    const actual = await evaluate('wasm', policyLogps, one);
    expect(Math.min(...expected[0]!)).toBeLessThan(-500);
    for (const values of actual) expect(values.every(Number.isFinite)).toBe(true);
    actual.forEach((values, i) => expect(distance(values, expected[i]!)).toBeLessThan(1e-4));
  });

  test.each([{ model_type: 'qwen2' }, { model_type: 'qwen3' }, { intermediate_size: 54 }])(
    'other architectures take the composition: %j',
    async (sizes) => {
      const one = { B: 2, T: 5, sizes };
      const expected = await evaluate('wasm', policyLogpsReference, one);
      expect(await evaluate('wasm', policyLogps, one)).toEqual(expected);
    },
  );

  test('equal inputs give equal bits, whatever ran in between', async () => {
    const first = await evaluate('wasm', policyLogps, cases[7]!);
    await evaluate('wasm', policyLogps, cases[4]!);
    expect(await evaluate('wasm', policyLogps, cases[7]!)).toEqual(first);
  });

  test.each([
    ['another shape', 2, 21],
    ['the same shape', 3, 9],
  ])('a pass of %s between forward and backward changes nothing', async (_name, B, T) => {
    await tf.setBackend('wasm');
    const [policy, other] = [makePolicy(cases[4]!), makePolicy(cases[4]!)];
    for (const variable of other.parameters.values()) {
      variable.assign(tf.tidy(() => tf.mul<tf.Tensor>(variable, 0.5)));
    }
    tf.tidy(() => {
      const { vocabSize } = policy.config;
      const one = makeBatch(3, 9, vocabSize);
      const two = makeBatch(B, T, vocabSize, 5);
      const lossOf = (batch: Batch, by = policy): tf.Tensor =>
        tf.sum(tf.mul(batch.dy, policyLogps(by, batch.ids, batch.targets, 1)));
      const alone = gradientsOf(policy, () => lossOf(one));
      const disturbed = gradientsOf(policy, () => {
        const loss = lossOf(one);
        lossOf(two, other);
        return loss;
      });
      expect(disturbed).toEqual(alone);
      const both = gradientsOf(policy, () => tf.add(lossOf(one), lossOf(two)));
      const second = gradientsOf(policy, () => lossOf(two));
      both.forEach((values, i) => {
        const sum = values.map((_, j) => alone[i]![j]! + second[i]![j]!);
        expect(distance(values, sum)).toBeLessThan(1e-6);
      });
    });
    disposePolicy(policy);
    disposePolicy(other);
  });

  test('a token outside the vocabulary is refused', async () => {
    await tf.setBackend('wasm');
    const policy = makePolicy(cases[0]!);
    const { vocabSize } = policy.config;
    const run = (id: number, target: number): Float32Array =>
      tf.tidy(() => {
        const ids = tf.tensor2d([0, id], [1, 2], 'int32');
        const targets = tf.tensor1d([target, 0], 'int32');
        return policyLogps(policy, ids, targets, 1).dataSync() as Values;
      });
    expect(run(vocabSize - 1, vocabSize - 1).every(Number.isFinite)).toBe(true);
    expect(() => run(vocabSize, 0)).toThrow('outside the vocabulary');
    expect(() => run(0, -1)).toThrow('outside the vocabulary');
    disposePolicy(policy);
  });

  test('no tensor is left behind', async () => {
    await evaluate('wasm', policyLogps, cases[2]!);
    const before = tf.memory();
    await evaluate('wasm', policyLogps, cases[2]!);
    expect(tf.memory().numTensors).toBe(before.numTensors);
    expect(tf.memory().numBytes).toBe(before.numBytes);
  });
});
