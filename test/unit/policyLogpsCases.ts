/**
 * Cases of the training pass: random policies and batches, and what a pass gives for them. Shared by
 * the tests of the WASM and of the WebGPU kernels.
 */
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import {
  logpsGradient,
  logpsGradientReference,
  policyLogps,
  type LossOfLogps,
} from '../../models/ops/policyLogps.ts';
import { createPolicy, disposePolicy, type Policy } from '../../models/policy.ts';
import { randomPolicy } from '../bench/randomPolicy.ts';
import { draws } from './draws.ts';

export type Values = Float32Array;

export interface Case {
  B: number;
  T: number;
  /** Fields of config.json where they differ from those below. */
  sizes?: Record<string, unknown>;
  temperature?: number;
  /** Multiplies an untied head, so that logits become extreme. */
  sharpness?: number;
  /** Whether the loss is one of log-probabilities and entropies. */
  entropies?: boolean;
}

export const small = {
  hidden_size: 32,
  intermediate_size: 56,
  num_hidden_layers: 2,
  num_attention_heads: 4,
};
export const untied = { tie_word_embeddings: false };

/** Weights five times as wide as fresh ones and uneven gains, so that every term counts. */
export function makePolicy({ sizes, sharpness = 1 }: Case): Policy {
  const { config, tensors } = randomPolicy({ ...small, ...sizes });
  const drawn = [...tensors].map(([name, { shape, data }], i) => {
    const noise = draws(data.length, 100 + i);
    const factor = name.startsWith('lm_head') ? 5 * sharpness : 5;
    const values = shape.length === 1 ? noise.map((x) => 1 + 0.5 * x) : data.map((x) => factor * x);
    return [name, { shape, data: values }] as const;
  });
  return createPolicy(config, new Map(drawn));
}

type Batch = {
  ids: tf.Tensor2D;
  targets: tf.Tensor1D;
  dy: tf.Tensor1D;
  /** Of the entropies. */
  dh: tf.Tensor1D;
};

/** Tokens and weights drawn anew for each seed; some weights are 0, as those of prompts are. */
export function makeBatch(B: number, T: number, vocabSize: number, seed = 1): Batch {
  const tokens = (salt: number): Int32Array =>
    Int32Array.from(draws(B * T, seed + salt), (x) => Math.floor(((x + 1) / 2) * vocabSize));
  const weights = (salt: number): tf.Tensor1D =>
    tf.tensor1d(draws(B * T, seed + salt).map((x) => (x < -0.5 ? 0 : x)));
  return {
    ids: tf.tensor2d(tokens(0), [B, T], 'int32'),
    targets: tf.tensor1d(tokens(1), 'int32'),
    dy: weights(2),
    dh: weights(3),
  };
}

/** Σ dy·logps + Σ dh·entropies, the latter where there are any. */
const mixedLoss =
  ({ dy, dh }: Batch): LossOfLogps =>
  (logps, entropies) => {
    const loss = tf.sum<tf.Scalar>(tf.mul(dy, logps));
    return entropies ? tf.add(loss, tf.sum(tf.mul(dh, entropies))) : loss;
  };

export interface Evaluated {
  logps: Values;
  /** Empty where they were not asked for. */
  entropies: Values;
  gradient: Values;
  plainLogps: Values;
}

/**
 * On `backend`: what a pass gives, with the flat gradient of a loss (`mixedLoss` unless another is
 * given). The policy and the batch are the same on every backend.
 */
export async function evaluate(
  backend: string,
  gradientOf: typeof logpsGradient,
  one: Case,
  lossOn = mixedLoss,
): Promise<Evaluated> {
  await tf.setBackend(backend);
  const policy = makePolicy(one);
  const { B, T, temperature = 1, entropies: asked = false } = one;
  const batch = makeBatch(B, T, policy.config.vocabSize);
  const pass = { ids: batch.ids, targets: batch.targets, temperature };
  const tensors = tf.tidy(() => {
    const plainLogps = policyLogps(policy, pass);
    const given = gradientOf(policy, pass, lossOn(batch), asked ? { entropies: true } : undefined);
    expect(given.entropies === null).toBe(!asked);
    return { ...given, plainLogps, entropies: given.entropies ?? tf.tensor1d([]) };
  });
  const read = async (x: tf.Tensor): Promise<Values> => (await x.data()).slice() as Values;
  const logps = await read(tensors.logps);
  const entropies = await read(tensors.entropies);
  const gradient = await read(tensors.gradient);
  const plainLogps = await read(tensors.plainLogps);
  tf.dispose([...Object.values(batch), ...Object.values(tensors)]);
  disposePolicy(policy);
  return { logps, entropies, gradient, plainLogps };
}

/** The largest difference, relative to the largest expected value (0.1 at least). */
export function distance(actual: Values, expected: Values): number {
  expect(actual.length).toBe(expected.length);
  const scale = expected.reduce((most, x) => Math.max(most, Math.abs(x)), 0.1);
  return actual.reduce((most, x, i) => {
    const difference = Math.abs(x - expected[i]!) / scale;
    return difference <= most ? most : difference; // NaN comes through
  }, 0);
}

/** The policy's parameters one by one, so that a small one is not hidden by a large one. */
function byParameter(one: Case, flat: Values): Values[] {
  const policy = makePolicy(one);
  let offset = 0;
  const parts = [...policy.parameters.values()].map(({ size }) =>
    flat.subarray(offset, (offset += size)),
  );
  disposePolicy(policy);
  return parts;
}

/**
 * The kernels of `backend` against the composition on tfjs' CPU backend: log-probabilities,
 * entropies and the gradient of every parameter. Gives what the kernels gave.
 */
export async function compare(
  backend: string,
  one: Case,
  tolerance: number,
  lossOn = mixedLoss,
): Promise<Evaluated> {
  const expected = await evaluate('cpu', logpsGradientReference, one, lossOn);
  const actual = await evaluate(backend, logpsGradient, one, lossOn);
  expect(distance(actual.logps, expected.logps)).toBeLessThan(tolerance);
  expect(distance(actual.entropies, expected.entropies)).toBeLessThan(tolerance);
  expect(actual.plainLogps).toEqual(actual.logps);
  const [parts, expectedParts] = [actual, expected].map(({ gradient }) =>
    byParameter(one, gradient),
  );
  parts!.forEach((values, i) => {
    expect(distance(values, expectedParts![i]!)).toBeLessThan(tolerance);
  });
  expect(actual.gradient.length).toBe(expected.gradient.length);
  return actual;
}

export const cases: Case[] = [
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

/** The same with entropies. */
export const entropyCases: Case[] = cases.map((one) => ({ ...one, entropies: true }));

/** A loss that leaves the entropies out. */
export const onLogps =
  ({ dy }: Batch): LossOfLogps =>
  (logps) =>
    tf.sum(tf.mul(dy, logps));

/** A loss that leaves the log-probabilities out. */
export const onEntropies =
  ({ dh }: Batch): LossOfLogps =>
  (_logps, entropies) =>
    tf.sum(tf.mul(dh, entropies!));
