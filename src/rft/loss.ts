/**
 * The policy-gradient loss over tokens, and how each loss type weighs a token.
 *
 * Per token (Shao et al., "DeepSeekMath", 2024, eq. 3; asymmetric clip: Yu et al., "DAPO", 2025,
 * eq. 8), with ratio = exp(logp − old), A the row's advantage and k3 the KL estimator of
 * Schulman ("Approximating KL divergence", 2020):
 *   l = −min(ratio·A, clip(ratio, 1 − ε, 1 + ε_high)·A) + β·(exp(ref − logp) − (ref − logp) − 1)
 * and loss = Σ weight·l. The loss types differ in `weight` alone, which depends on the mask and
 * not on the policy; so a batch may be split and its parts added up without changing a gradient.
 */
import * as tf from '@tensorflow/tfjs-core';
import { scalarOf } from '../../models/ops/scalars.ts';
import { stopGradient } from '../../models/ops/stopGradient.ts';

export interface BatchShape {
  /** Number of tokens, eos included, of every completion in the batch. */
  lengths: readonly number[];
  maxCompletionLength: number;
}

/** The weight of every token of row `row`. */
type TokenWeight = (batch: BatchShape, row: number) => number;

const totalTokens = (batch: BatchShape): number =>
  Math.max(
    1,
    batch.lengths.reduce((a, b) => a + b, 0),
  );

export const tokenWeights = {
  /** Mean over each completion, then over completions. DeepSeekMath, eq. 3. */
  grpo: (batch, row) => 1 / (batch.lengths.length * Math.max(1, batch.lengths[row] ?? 0)),
  /** Mean over the tokens of the batch at hand; TRL's `bnpo`. */
  bnpo: (batch) => 1 / totalTokens(batch),
  /** A constant divisor, so that long completions are not favoured. Liu et al., "Dr. GRPO", 2025. */
  dr_grpo: (batch) => 1 / (batch.lengths.length * batch.maxCompletionLength),
  /** Mean over all tokens of the whole step. DAPO, eq. 8. Equal to bnpo when a step is one batch. */
  dapo: (batch) => 1 / totalTokens(batch),
} as const satisfies Record<string, TokenWeight>;

export type LossType = keyof typeof tokenWeights;

/** All [B, T] but `advantages` [B, 1]; `weights` is 0 wherever the mask is. */
export interface LossInputs {
  logps: tf.Tensor2D;
  /** Log-probabilities under the policy that sampled; null: on-policy, the ratio is 1. */
  old: tf.Tensor2D | null;
  /** Log-probabilities under the reference policy; null exactly when beta is 0. */
  ref: tf.Tensor2D | null;
  advantages: tf.Tensor2D;
  mask: tf.Tensor2D;
  weights: tf.Tensor2D;
}

export interface LossOptions {
  beta: number;
  epsilon: number;
  epsilonHigh: number;
}

/** Sums over unmasked tokens, to be divided by the number of tokens once all parts are in. */
export interface LossSums {
  kl: tf.Scalar;
  clippedLow: tf.Scalar;
  clippedHigh: tf.Scalar;
}

/** Probability ratio against the sampling policy; its gradient flows through `logps` only. */
function ratioOf({ logps, old }: LossInputs): tf.Tensor2D {
  return tf.exp(tf.sub(logps, old ?? stopGradient(logps)));
}

/** k3 estimate of KL(policy ‖ reference) per token: [B, T]. */
export function klPerToken(logps: tf.Tensor2D, ref: tf.Tensor2D): tf.Tensor2D {
  const difference = tf.sub(ref, logps);
  return tf.sub(tf.sub(tf.exp(difference), difference), scalarOf(1));
}

/** ratio·A, clipped, per token [B, T]; on-policy the ratio is 1, which no clip reaches. */
function gainOf(inputs: LossInputs, { epsilon, epsilonHigh }: LossOptions): tf.Tensor2D {
  const ratio = ratioOf(inputs);
  const gain = tf.mul<tf.Tensor2D>(ratio, inputs.advantages);
  if (!inputs.old) return gain;
  const clipped = tf.clipByValue(ratio, 1 - epsilon, 1 + epsilonHigh);
  return tf.minimum(gain, tf.mul(clipped, inputs.advantages));
}

/** The scalar loss, differentiable with respect to `logps`. */
export function policyLoss(inputs: LossInputs, options: LossOptions): tf.Scalar {
  const { logps, ref, weights } = inputs;
  const gain = gainOf(inputs, options);
  const cost =
    ref && options.beta > 0
      ? tf.sub(tf.mul(klPerToken(logps, ref), scalarOf(options.beta)), gain)
      : tf.neg(gain);
  return tf.sum(tf.mul(cost, weights));
}

/** What the metrics need beside the loss, as sums over unmasked tokens; no gradient. */
export function lossSums(inputs: LossInputs, options: LossOptions): LossSums {
  const { logps, old, ref, advantages, mask } = inputs;
  const masked = (x: tf.Tensor): tf.Scalar => tf.sum(tf.mul(tf.cast(x, 'float32'), mask));
  const kl = ref ? masked(klPerToken(logps, ref)) : scalarOf(0);
  // Without old log-probabilities the ratio is 1 everywhere.
  if (!old) return { kl, clippedLow: scalarOf(0), clippedHigh: scalarOf(0) };
  const ratio = ratioOf(inputs);
  const negative = tf.less(advantages, scalarOf(0));
  const positive = tf.greater(advantages, scalarOf(0));
  const low = tf.logicalAnd(tf.less(ratio, scalarOf(1 - options.epsilon)), negative);
  const high = tf.logicalAnd(tf.greater(ratio, scalarOf(1 + options.epsilonHigh)), positive);
  return { kl, clippedLow: masked(low), clippedHigh: masked(high) };
}
