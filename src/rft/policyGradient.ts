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

/** A flat gradient [P] with one vector of sums per micro-batch; the owner disposes them. */
export type Gradient = { gradient: tf.Tensor1D; sums: tf.Tensor1D[] };

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

/** What a loss is taken of: log-probabilities [B, T] and, where asked for, entropies [B, T]. */
type Seen = (logps: tf.Tensor2D, entropies: tf.Tensor2D | null) => tf.Scalar;

interface Pass {
  policy: Policy;
  batch: MicroBatch;
  temperature: number;
  /** Whether the loss looks at the entropies. */
  entropies: boolean;
}

/**
 * Gradient [P] of one micro-batch's loss, and the sums `sumsOf` draws from the loss and from what it
 * was taken of. `lossOf` is differentiable with respect to all that it sees.
 */
function microBatchGradient(
  { policy, batch, temperature, entropies }: Pass,
  lossOf: Seen,
  sumsOf: (loss: tf.Scalar, ...seen: Parameters<Seen>) => tf.Tensor1D,
): { gradient: tf.Tensor1D; sums: tf.Tensor1D } {
  const grid = (flat: tf.Tensor1D): tf.Tensor2D => tf.reshape(flat, batch.mask.shape);
  const pass = logpsGradient(
    policy,
    tokensOf(batch, temperature),
    (logps, h) => lossOf(grid(logps), h && grid(h)),
    { entropies },
  );
  const h = pass.entropies && grid(pass.entropies);
  return { gradient: pass.gradient, sums: sumsOf(pass.loss, grid(pass.logps), h) };
}

/** Adds up the gradients in order, each freed as soon as it is in; the sums stay apart. */
function accumulate<T>(
  parts: readonly T[],
  gradientOf: (part: T) => { gradient: tf.Tensor1D; sums: tf.Tensor1D },
): Gradient {
  const [first, ...rest] = parts;
  if (first === undefined) throw new Error('internal: no micro-batch to learn from');
  const begin = tf.tidy(() => gradientOf(first));
  let total = begin.gradient;
  const sums = [begin.sums];
  for (const one of rest) {
    const before = total;
    const part = tf.tidy(() => {
      const { gradient, sums: own } = gradientOf(one);
      return { gradient: tf.add<tf.Tensor1D>(before, gradient), sums: own };
    });
    before.dispose();
    total = part.gradient;
    sums.push(part.sums);
  }
  return { gradient: total, sums };
}

/**
 * Policy loss over all micro-batches; each one's sums are its loss and `lossSums`.
 * @param stepTokens tokens of the whole step, see `policyLoss`.
 */
export function policyGradient(
  policy: Policy,
  batches: readonly PreparedBatch[],
  options: GradientOptions,
  stepTokens: number,
): Gradient {
  const { temperature } = options;
  const entropies = options.entropyCoef !== 0;
  return accumulate(batches, ({ batch, old, ref }) => {
    const inputs = (...[logps, h]: Parameters<Seen>): LossInputs => ({
      ...batch,
      logps,
      entropies: h,
      old,
      ref,
    });
    return microBatchGradient(
      { policy, batch, temperature, entropies },
      (...seen) => policyLoss(inputs(...seen), options, stepTokens),
      (loss, ...seen) =>
        tf.concat<tf.Tensor1D>([tf.reshape(loss, [1]), lossSums(inputs(...seen), options)]),
    );
  });
}

/** Negative log-likelihood Σ −weight·logp over all micro-batches; each one's sums are its loss. */
export function supervisedGradient(policy: Policy, batches: readonly MicroBatch[]): Gradient {
  return accumulate(batches, (batch) =>
    microBatchGradient(
      { policy, batch, temperature: 1, entropies: false },
      (logps) => tf.neg(tf.sum(tf.mul(logps, batch.weights))),
      (loss) => tf.reshape(loss, [1]),
    ),
  );
}
