/**
 * The start-up self-test: does each fused op of the active backend give on this very device what
 * its composition gives on tfjs' CPU backend, in plain JavaScript? A driver that miscompiles a
 * shader gives wrong numbers and no error. One layer of the policy to be trained, whose sizes the
 * programs are compiled for, with random weights and a few tokens.
 */
import * as tf from '@tensorflow/tfjs-core';
import { startCpuOracle } from '../../models/backend.ts';
import type { DecoderConfig } from '../../models/decoderConfig.ts';
import { logpsGradient, type LossOfLogps } from '../../models/ops/policyLogps.ts';
import { initialParameters, parameterShapes } from '../../models/parameters.ts';
import { randomUniform } from '../../models/philox.ts';
import { createPolicy, disposePolicy, type Policy } from '../../models/policy.ts';
import { rollout } from '../../models/rollout.ts';
import { noWarping } from '../../models/warpers.ts';
import { adamWUpdate, initialOptimizerState } from './optimizer.ts';

/** An op that can be left out by itself. */
export interface FusedOp {
  kernels: readonly string[];
  /** For people. */
  name: string;
  /** Its results on the active backend, for a policy and fixed inputs; each part has its own scale. */
  run: (policy: Policy) => Promise<number[][]>;
}

/** A number in [−1, 1) of the self-test's own. */
const draw = (what: number, index: number): number =>
  2 * randomUniform(what, 'initialWeights', 0, index, 0) - 1;

const rows = 3;
const columns = 7;
const newTokens = 4;

function tokens(config: DecoderConfig, salt: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => (i * i * 7 + i * salt + 3) % config.vocabSize);
}

async function valuesOf(tensors: readonly tf.Tensor[]): Promise<number[][]> {
  const values = await Promise.all(tensors.map((tensor) => tensor.data()));
  tf.dispose([...tensors]);
  return values.map((part) => [...part]);
}

/** Log-probabilities, entropies if `asked`, and the gradient of every parameter. */
async function passParts(policy: Policy, asked: boolean): Promise<number[][]> {
  const count = rows * columns;
  const weights = (what: number): number[] =>
    Array.from({ length: count }, (_, i) => draw(what, i));
  const made = tf.tidy(() => {
    const pass = {
      ids: tf.tensor2d(tokens(policy.config, 1, count), [rows, columns], 'int32'),
      targets: tf.tensor1d(tokens(policy.config, 2, count), 'int32'),
      temperature: 1,
    };
    const [dLogps, dEntropies] = [tf.tensor1d(weights(3)), tf.tensor1d(weights(5))];
    const lossOf: LossOfLogps = (x, h) => {
      const loss = tf.sum<tf.Scalar>(tf.mul(x, dLogps));
      return h ? tf.add(loss, tf.sum(tf.mul(h, dEntropies))) : loss;
    };
    const given = logpsGradient(policy, pass, lossOf, { entropies: asked });
    const { logps, entropies, gradient } = given;
    return [gradient, logps, ...(entropies ? [entropies] : [])];
  });
  const [gradient, ...results] = (await valuesOf(made)) as [number[], ...number[][]];
  let offset = 0;
  const ofParameters = [...policy.parameters.values()].map(({ size }) =>
    gradient.slice(offset, (offset += size)),
  );
  return [...results, ...ofParameters];
}

/** Of the programs without entropies and of those with them. */
const passValues = async (policy: Policy): Promise<number[][]> => [
  ...(await passParts(policy, false)),
  ...(await passParts(policy, true)),
];

/** Every parameter after an update, the moments, the norm. */
async function updateValues({ parameters }: Policy): Promise<number[][]> {
  const variables = [...parameters.values()];
  const state = initialOptimizerState(variables);
  const size = state.m.shape[0];
  const gradient = tf.tensor1d(Float32Array.from({ length: size }, (_, i) => draw(4, i)));
  const options = { adamBeta1: 0.9, adamBeta2: 0.95, adamEpsilon: 1e-8 };
  const rest = { weightDecay: 0.1, maxGradNorm: 1 };
  const norm = adamWUpdate(variables, gradient, state, 0.01, { ...options, ...rest });
  gradient.dispose();
  const moved = variables.map((variable) => tf.clone(variable));
  return valuesOf([...moved, state.m, state.v, norm]);
}

/** Tokens, log-probabilities and entropies, of greedy, plain and truncated sampling. */
async function rolloutValues(policy: Policy): Promise<number[][]> {
  const prompts = [4, 1, 6].map((length, i) => tokens(policy.config, i + 1, length));
  const sampled = { seed: 5, purpose: 'sample', step: 1 } as const;
  const truncated = { temperature: 0.8, topK: 9, topP: 0.9, minP: 0.01 };
  const parts: number[][] = [];
  for (const [draw, warping] of [
    ['greedy', noWarping],
    [sampled, noWarping],
    [sampled, truncated],
  ] as const) {
    const drawn = await rollout(policy, {
      promptIds: [...prompts, prompts[0]!],
      maxNewTokens: newTokens,
      eosId: -1, // no token, so that every row runs to its end
      padId: 0,
      warping,
      draw,
    });
    parts.push(
      drawn.flatMap((row) => row.completionIds),
      drawn.flatMap((row) => row.samplingLogps),
      drawn.flatMap((row) => row.entropies),
    );
  }
  return parts;
}

export const fusedOps: readonly FusedOp[] = [
  { kernels: ['Rollout'], name: 'sampling', run: rolloutValues },
  { kernels: ['PolicyLogps', 'PolicyLogpsGrad'], name: 'gradients', run: passValues },
  { kernels: ['AdamW'], name: 'AdamW', run: updateValues },
];

/** A policy's first layer, and all else that it has, with random weights. */
function smallPolicy(config: DecoderConfig): Policy {
  const small: DecoderConfig = { ...config, numHiddenLayers: 1 };
  const shapes = parameterShapes(small);
  const values = initialParameters(small, (index) => 10 * draw(1, index));
  const tensors = [...values].map(
    ([name, data]) => [name, { shape: [...(shapes.get(name) ?? [])], data }] as const,
  );
  return createPolicy(small, new Map(tensors));
}

/** Single precision, summed in another order, against the largest number of a part. */
const tolerance = 1e-3;

function partsAgree(actual: readonly number[], expected: readonly number[]): boolean {
  const scale = expected.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  return (
    actual.length === expected.length &&
    actual.every((x, i) => Math.abs(x - expected[i]!) <= tolerance * scale)
  );
}

const agree = (actual: number[][], expected: number[][]): boolean =>
  actual.length === expected.length && actual.every((part, i) => partsAgree(part, expected[i]!));

async function resultOn(backend: string, config: DecoderConfig, op: FusedOp): Promise<number[][]> {
  await tf.setBackend(backend);
  const policy = smallPolicy(config);
  try {
    return await op.run(policy);
  } finally {
    disposePolicy(policy);
  }
}

/**
 * The fused ops that do not give on the active backend what the compositions give.
 * @param guarded runs work on the device and tells whether the device refused any of it.
 */
export async function failingOps(
  config: DecoderConfig,
  guarded: <T>(work: () => Promise<T>) => Promise<T | null>,
  ops: readonly FusedOp[] = fusedOps,
): Promise<FusedOp[]> {
  const backend = tf.getBackend();
  await startCpuOracle();
  const failing: FusedOp[] = [];
  try {
    for (const op of ops) {
      const expected = await resultOn('cpu', config, op);
      await tf.setBackend(backend);
      const actual = await guarded(() => resultOn(backend, config, op));
      if (actual === null || !agree(actual, expected)) failing.push(op);
    }
  } finally {
    await tf.setBackend(backend);
  }
  return failing;
}
