/**
 * The gradient of the policy loss over a whole step, in micro-batches whose sums are added up in
 * order. Everything stays on the device; the caller reads the sums back together with whatever
 * else it needs.
 */
import * as tf from '@tensorflow/tfjs-core';
import '../../models/gradients.ts';
import { policyLogps } from '../../models/ops/policyLogps.ts';
import type { Policy } from '../../models/policy.ts';
import type { MicroBatch } from './batch.ts';
import { lossSums, policyLoss, type LossInputs, type LossOptions } from './loss.ts';
import { flatten } from './optimizer.ts';

export interface GradientOptions extends LossOptions {
  temperature: number;
}

/** A micro-batch with what was computed before the update: [B, T] each. */
export interface PreparedBatch {
  batch: MicroBatch;
  old: tf.Tensor2D | null;
  ref: tf.Tensor2D | null;
}

/** A flat gradient [P] with a few sums of the same pass; the owner disposes both. */
export type Gradient = { gradient: tf.Tensor1D; sums: tf.Tensor1D };

/** Log-probabilities [B, T] of a micro-batch's targets under a policy. */
export function batchLogps(policy: Policy, batch: MicroBatch, temperature: number): tf.Tensor2D {
  const logps = policyLogps(policy, batch.ids, batch.targets, temperature); // [B·T]
  return tf.reshape(logps, batch.mask.shape);
}

/**
 * Gradient [P] of one micro-batch's loss, and the sums `sumsOf` draws from its log-probabilities.
 * `lossOf` is differentiable with respect to the log-probabilities [B, T].
 */
function microBatchGradient(
  policy: Policy,
  batch: MicroBatch,
  temperature: number,
  lossOf: (logps: tf.Tensor2D) => tf.Scalar,
  sumsOf: (logps: tf.Tensor2D) => tf.Tensor1D,
): Gradient {
  const variables = [...policy.parameters.values()];
  const kept: tf.Tensor2D[] = [];
  const { value, grads } = tf.variableGrads(() => {
    const logps = batchLogps(policy, batch, temperature);
    kept.push(tf.keep(logps));
    return lossOf(logps);
  }, variables);
  const gradient = flatten(
    variables.map((variable) => {
      const grad = grads[variable.name];
      if (!grad) throw new Error(`internal: no gradient for ${variable.name}`);
      return grad;
    }),
  );
  const [logps] = kept;
  if (!logps) throw new Error('internal: the loss was not evaluated');
  const sums = sumsOf(logps);
  tf.dispose([value, logps, grads]);
  return { gradient, sums };
}

/** Adds up the parts in order; each is freed as soon as it is in. */
function accumulate<T>(parts: readonly T[], gradientOf: (part: T) => Gradient): Gradient {
  const [first, ...rest] = parts;
  if (first === undefined) throw new Error('internal: no micro-batch to learn from');
  let total = tf.tidy(() => gradientOf(first));
  for (const one of rest) {
    const before = total;
    total = tf.tidy((): Gradient => {
      const part = gradientOf(one);
      return {
        gradient: tf.add(before.gradient, part.gradient),
        sums: tf.add(before.sums, part.sums),
      };
    });
    tf.dispose([before.gradient, before.sums]);
  }
  return total;
}

/** Policy loss over all micro-batches; sums are [loss, kl, clipped low, clipped high]. */
export function policyGradient(
  policy: Policy,
  batches: readonly PreparedBatch[],
  options: GradientOptions,
): Gradient {
  return accumulate(batches, ({ batch, old, ref }) => {
    const inputs = (logps: tf.Tensor2D): LossInputs => ({ ...batch, logps, old, ref });
    return microBatchGradient(
      policy,
      batch,
      options.temperature,
      (logps) => policyLoss(inputs(logps), options),
      (logps) => {
        const { loss, kl, clippedLow, clippedHigh } = lossSums(inputs(logps), options);
        return tf.stack([loss, kl, clippedLow, clippedHigh]) as tf.Tensor1D;
      },
    );
  });
}

/** Negative log-likelihood Σ −weight·logp over all micro-batches; sums are [loss]. */
export function supervisedGradient(policy: Policy, batches: readonly MicroBatch[]): Gradient {
  return accumulate(batches, (batch) => {
    const loss = (logps: tf.Tensor2D): tf.Scalar => tf.neg(tf.sum(tf.mul(logps, batch.weights)));
    return microBatchGradient(policy, batch, 1, loss, (logps) => tf.reshape(loss(logps), [1]));
  });
}
