/** One case of policy_losses.json evaluated with our loss, wherever tfjs runs. */
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import '../../models/gradients.ts';
import { entropyMask } from '../../src/rft/entropyMask.ts';
import {
  lossSums,
  policyLoss,
  ratioLevel,
  type LossInputs,
  type LossOptions,
} from '../../src/rft/loss.ts';
import { lossMetrics } from '../../src/rft/lossMetrics.ts';
import { lossEntry, type LossType } from '../../src/rft/lossTable.ts';

export interface LossCase {
  name: string;
  config: {
    loss_type: LossType;
    beta: number;
    epsilon: number;
    epsilon_high: number;
    importance_sampling_level: 'token' | 'sequence';
    top_entropy_quantile: number;
    off_policy_mask_threshold: number | null;
    max_completion_length: number;
    entropy_coef: number;
    delta: number | null;
    use_bias_correction_kl: boolean;
  };
  inputs: {
    logps: number[][];
    old: number[][] | null;
    ref: number[][];
    mask: number[][];
    entropies: number[][];
    advantages: number[];
  };
  expected: {
    loss: number;
    grad_logps: number[][];
    /** Null where the loss does not use the entropies. */
    grad_entropies: number[][] | null;
    metrics: Record<string, number>;
  };
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

function optionsOf(config: LossCase['config']): LossOptions {
  return {
    lossType: config.loss_type,
    importanceSamplingLevel: config.importance_sampling_level,
    beta: config.beta,
    klEstimator: 'k3',
    useBiasCorrectionKl: config.use_bias_correction_kl,
    epsilon: config.epsilon,
    epsilonHigh: config.epsilon_high,
    delta: config.delta ?? 0,
    entropyCoef: config.entropy_coef,
    offPolicyMaskThreshold: config.off_policy_mask_threshold ?? 0,
    // TRL's defaults, which the fixtures were made with.
    sapoTemperaturePos: 1,
    sapoTemperatureNeg: 1.05,
    vespoKPos: 2,
    vespoLambdaPos: 3,
    vespoKNeg: 3,
    vespoLambdaNeg: 2,
  };
}

/** The mask of the tokens that the policy term learns from, on the whole grid; null: all. */
function keepOf({ config, inputs }: LossCase): number[][] | null {
  if (config.top_entropy_quantile === 1) return null;
  const { entropies, mask } = inputs;
  // Masked tokens are no part of a row, so the rows are ragged and laid back into the grid.
  const rows = entropies.map((row, b) => row.filter((_, t) => mask[b]![t] === 1));
  const kept = entropyMask(rows, config.top_entropy_quantile);
  return mask.map((row, b) => row.map((m) => (m === 1 ? kept[b]!.shift()! : 0)));
}

/** Loss, its gradients (row-major), and the metrics. */
async function evaluateCase(one: LossCase) {
  const { config, inputs } = one;
  const options = optionsOf(config);
  const lengths = inputs.mask.map(sum);
  const tokens = sum(lengths);
  const shape = {
    lengths,
    sampledTokens: tokens,
    maxCompletionLength: config.max_completion_length,
  };
  const { weight } = lossEntry(options.lossType);
  const keep = keepOf(one);
  const rest: Omit<LossInputs, 'logps' | 'entropies'> = {
    old: inputs.old ? tf.tensor2d(inputs.old) : null,
    ref: config.beta > 0 ? tf.tensor2d(inputs.ref) : null,
    advantages: tf.tensor2d(inputs.advantages, [inputs.advantages.length, 1]),
    mask: tf.tensor2d(inputs.mask),
    weights: tf.tensor2d(inputs.mask.map((row, b) => row.map((m) => m * weight(shape, b)))),
    keep: keep && tf.tensor2d(keep),
  };
  const logps = tf.tensor2d(inputs.logps);
  const entropies = tf.tensor2d(inputs.entropies);
  const lossOf = (x: tf.Tensor, h: tf.Tensor): tf.Scalar => {
    const both = { logps: x as tf.Tensor2D, entropies: h as tf.Tensor2D };
    // tfjs wants every input to matter; 0 times the entropies changes nothing.
    const touched = tf.mul(tf.sum(h), tf.scalar(0));
    return tf.add(policyLoss({ ...rest, ...both }, options, tokens), touched);
  };
  const { value, grads } = tf.valueAndGrads(lossOf)([logps, entropies]);
  const sums = await lossSums({ ...rest, logps, entropies }, options).data();
  const loss = (await value.data())[0] ?? NaN;
  const { kl, entropy, watched } = lossMetrics(
    [{ values: [loss, ...sums], lengths }],
    options.lossType,
    ratioLevel(options),
    rest.old === null,
  );
  return {
    loss,
    gradient: [...(await grads[0]!.data())],
    entropyGradient: [...(await grads[1]!.data())],
    metrics: {
      ...watched,
      entropy: entropy / tokens,
      ...(rest.ref ? { kl: kl / tokens } : {}),
      ...(config.entropy_coef === 0
        ? {}
        : {
            policy_loss: loss + (config.entropy_coef * entropy) / tokens,
            entropy_coef: config.entropy_coef,
          }),
    } as Record<string, number>,
  };
}

/**
 * Within 1e-5 of the largest magnitude at hand; but a sum of terms near 1 that cancel, as some
 * losses are, has no more digits than single precision leaves it.
 */
function expectNear(actual: readonly number[], expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  const tolerance = 1e-5 * Math.max(0.02, ...expected.map(Math.abs));
  expected.forEach((value, i) => {
    expect(Math.abs((actual[i] ?? NaN) - value)).toBeLessThan(tolerance);
  });
}

/** Value, gradients and every metric of a case as TRL has them. */
export async function expectCase(one: LossCase): Promise<void> {
  const { loss, gradient, entropyGradient, metrics } = await evaluateCase(one);
  const { expected, inputs } = one;
  expectNear([loss], [expected.loss]);
  expectNear(gradient, expected.grad_logps.flat());
  const none = inputs.mask.map((row) => row.map(() => 0));
  expectNear(entropyGradient, (expected.grad_entropies ?? none).flat());
  expect(Object.keys(metrics).sort()).toEqual(Object.keys(expected.metrics).sort());
  for (const [key, value] of Object.entries(expected.metrics)) {
    expect(metrics[key], key).toBeCloseTo(value, 5);
  }
}
