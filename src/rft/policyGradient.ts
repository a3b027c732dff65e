/**
 * The gradient of the policy loss over a whole step, in micro-batches whose sums are added up in
 * order. Everything stays on the device; the caller reads the sums back together with whatever
 * else it needs.
 */
import * as tf from '@tensorflow/tfjs-core';
import { logpsGradient, policyLogps, type PassTokens } from '../../models/ops/policyLogps.ts';
import type { Policy } from '../../models/policy.ts';
import type { MicroBatch } from './batch.ts';
import { lossSums, policyLoss, type LossInputs, type LossOptions } from './loss.ts';

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

const tokensOf = ({ ids, targets }: MicroBatch, temperature: number): PassTokens => ({
  ids,
  targets,
  temperature,
});

/** Log-probabilities [B, T] of a micro-batch's targets under a policy. */
export function batchLogps(policy: Policy, batch: MicroBatch, temperature: number): tf.Tensor2D {
  const logps = policyLogps(policy, tokensOf(batch, temperature)); // [B·T]
  return tf.reshape(logps, batch.mask.shape);
}

/**
 * Gradient [P] of one micro-batch's loss, and the sums `sumsOf` draws from the loss and the
 * log-probabilities. `lossOf` is differentiable with respect to the log-probabilities [B, T].
 */
function microBatchGradient(
  policy: Policy,
  batch: MicroBatch,
  temperature: number,
  lossOf: (logps: tf.Tensor2D) => tf.Scalar,
  sumsOf: (loss: tf.Scalar, logps: tf.Tensor2D) => tf.Tensor1D,
): Gradient {
  const grid = (logps: tf.Tensor1D): tf.Tensor2D => tf.reshape(logps, batch.mask.shape);
  const { loss, logps, gradient } = logpsGradient(policy, tokensOf(batch, temperature), (flat) =>
    lossOf(grid(flat)),
  );
  const sums = sumsOf(loss, grid(logps));
  tf.dispose([loss, logps]);
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
      (loss, logps) => {
        const { kl, clippedLow, clippedHigh } = lossSums(inputs(logps), options);
        return tf.stack([loss, kl, clippedLow, clippedHigh]) as tf.Tensor1D;
      },
    );
  });
}

/** Negative log-likelihood Σ −weight·logp over all micro-batches; sums are [loss]. */
export function supervisedGradient(policy: Policy, batches: readonly MicroBatch[]): Gradient {
  return accumulate(batches, (batch) => {
    const loss = (logps: tf.Tensor2D): tf.Scalar => tf.neg(tf.sum(tf.mul(logps, batch.weights)));
    return microBatchGradient(policy, batch, 1, loss, (value) => tf.reshape(value, [1]));
  });
}
