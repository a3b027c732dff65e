/**
 * The policy term of every loss, each as one small function: cost per token, to be multiplied by
 * the token's weight and summed. Sources and equations are in lossTable.ts under the same names.
 * [B, T] throughout; a ratio of whole sequences is [B, 1] and so is its cost, alike for every token.
 */
import * as tf from '@tensorflow/tfjs-core';
import { scalarOf } from '../../models/ops/scalars.ts';
import { log } from '../../models/portableMath.ts';
import { stopGradient, withoutGradient } from '../../models/ops/stopGradient.ts';
import type { LossType, RatioLevel, Watch } from './lossTable.ts';

/** The part of a config that the policy terms look at, under its names there. */
export interface SurrogateOptions {
  epsilon: number;
  epsilonHigh: number;
  /** Upper bound of the ratio where A < 0 (two-sided clip); 0: none. */
  delta: number;
  sapoTemperaturePos: number;
  sapoTemperatureNeg: number;
  vespoKPos: number;
  vespoLambdaPos: number;
  vespoKNeg: number;
  vespoLambdaNeg: number;
}

export interface Terms {
  logps: tf.Tensor2D;
  /** logp − old; its gradient is that of logps. */
  logRatio: tf.Tensor2D;
  /** exp of the log-ratio at the loss's level: [B, T] or [B, 1]. */
  ratio: tf.Tensor2D;
  /** [B, 1] */
  advantages: tf.Tensor2D;
  mask: tf.Tensor2D;
  /** The policy is the one that sampled: every ratio is 1, which no clip reaches. */
  onPolicy: boolean;
}

type Surrogate = (terms: Terms, options: SurrogateOptions) => tf.Tensor2D;

const product = (a: tf.Tensor, b: tf.Tensor): tf.Tensor2D => tf.mul(a, b);

/** a where the advantage is positive, b elsewhere: [B, 1]. */
const bySign = (positive: tf.Tensor2D, a: number, b: number): tf.Tensor2D =>
  tf.where(positive, tf.fill(positive.shape, a), tf.fill(positive.shape, b));

/** −min(r·A, clip(r)·A), r bounded by delta first (Prime Intellect, "INTELLECT-2", 2025). */
const clipped: Surrogate = ({ ratio, advantages, onPolicy }, { epsilon, epsilonHigh, delta }) => {
  if (onPolicy) return tf.neg(product(ratio, advantages));
  const bounded = delta > 0 ? tf.minimum(ratio, scalarOf(delta)) : ratio;
  const within = tf.clipByValue(ratio, 1 - epsilon, 1 + epsilonHigh);
  return tf.neg(tf.minimum(product(bounded, advantages), product(within, advantages)));
};

const cispo: Surrogate = ({ ratio, advantages, logps }, { epsilonHigh }) =>
  tf.neg(
    product(stopGradient(tf.minimum(ratio, scalarOf(epsilonHigh))), product(advantages, logps)),
  );

const sapo: Surrogate = ({ ratio, advantages }, options) => {
  const { sapoTemperaturePos, sapoTemperatureNeg } = options;
  const positive = tf.greater<tf.Tensor2D>(advantages, scalarOf(0));
  const temperature = bySign(positive, sapoTemperaturePos, sapoTemperatureNeg);
  const gate = tf.sigmoid(product(temperature, tf.sub(ratio, scalarOf(1))));
  return product(gate, tf.mul(tf.div(advantages, temperature), scalarOf(-4)));
};

/** TRL's guards: a token's log-ratio within ±20, a completion's from log 1e-8 to 20, λ above 0. */
const vespoBounds = { token: 20, lowest: log(1e-8), lambda: 1e-4 };

/** φ of each completion, without a gradient: [B, 1]. */
function vespoPhi({ logRatio, advantages, mask }: Terms, options: SurrogateOptions): tf.Tensor2D {
  const { token, lowest, lambda: least } = vespoBounds;
  const positive = tf.greaterEqual<tf.Tensor2D>(advantages, scalarOf(0));
  const k = bySign(positive, options.vespoKPos, options.vespoKNeg);
  const lambdas = [options.vespoLambdaPos, options.vespoLambdaNeg].map((x) => Math.max(x, least));
  const lambda = bySign(positive, lambdas[0]!, lambdas[1]!);
  return withoutGradient(logRatio, (constant) => {
    const kept = tf.mul(tf.clipByValue(constant, -token, token), mask);
    const logW = tf.clipByValue(tf.sum(kept, 1, true), lowest, token);
    const room = tf.sub(scalarOf(1), tf.exp(logW));
    return tf.exp(tf.add(product(k, logW), product(lambda, room)));
  });
}

const vespo: Surrogate = (terms, options) =>
  tf.neg(product(vespoPhi(terms, options), product(terms.advantages, terms.logps)));

const reinforce: Surrogate = ({ advantages, logps }) => tf.neg(product(advantages, logps));

export const surrogates: Record<LossType, Surrogate> = {
  grpo: clipped,
  bnpo: clipped,
  dr_grpo: clipped,
  dapo: clipped,
  luspo: clipped,
  rloo: clipped,
  cispo,
  sapo,
  vespo,
  reinforce,
};

/** Log-ratio at a level: [B, T] or [B, 1]. */
export const logRatioAt: Record<
  RatioLevel,
  (logRatio: tf.Tensor2D, mask: tf.Tensor2D) => tf.Tensor2D
> = {
  token: (logRatio) => logRatio,
  sequence: (logRatio, mask) =>
    tf.div(tf.sum(tf.mul(logRatio, mask), 1, true), tf.maximum(tf.sum(mask, 1, true), scalarOf(1))),
  completion: (logRatio, mask) => tf.sum(tf.mul(logRatio, mask), 1, true),
};

const both = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => tf.cast(tf.logicalAnd(a, b), 'float32');

/** What is counted, as 0 or 1 (φ: as it is) per token or per completion. */
const watched: Record<
  Watch,
  (terms: Terms, options: SurrogateOptions, capIsHigh: boolean) => tf.Tensor
> = {
  low: ({ ratio, advantages }, { epsilon }) =>
    both(tf.less(ratio, scalarOf(1 - epsilon)), tf.less(advantages, scalarOf(0))),
  high: ({ ratio, advantages }, { epsilonHigh }, capIsHigh) =>
    both(
      tf.greater(ratio, scalarOf(capIsHigh ? epsilonHigh : 1 + epsilonHigh)),
      tf.greater(advantages, scalarOf(0)),
    ),
  phi: (terms, options) => vespoPhi(terms, options),
};

/** Sums over each row's tokens, or the row's one value: [B]. */
export function watchRows(
  watch: Watch,
  terms: Terms,
  options: SurrogateOptions,
  lossType: LossType,
): tf.Tensor1D {
  const values = watched[watch](terms, options, lossType === 'cispo') as tf.Tensor2D;
  if (values.shape[1] === 1) return tf.reshape(values, [values.shape[0]]);
  return tf.sum(tf.mul(values, terms.mask), 1);
}
