/**
 * The scalar loss of one micro-batch: Σ weight·(policy term + β·KL) − entropy bonus.
 *
 * The policy term is one of surrogates.ts; `weight` is a number per completion (lossTable.ts) that
 * depends on the mask and not on the policy, so a step may be split into micro-batches and their
 * parts added up without changing a gradient. Masks multiply the policy term alone, never the KL:
 * the tokens of highest entropy (Wang et al., "Beyond the 80/20 Rule", 2025) and completions that
 * are not too far off-policy (DeepSeek-AI, "DeepSeek-V3.2", 2025, eq. 9), both as TRL applies them.
 */
import * as tf from '@tensorflow/tfjs-core';
import { scalarOf } from '../../models/ops/scalars.ts';
import { stopGradient, withoutGradient } from '../../models/ops/stopGradient.ts';
import { lossEntry, type LossType, type RatioLevel } from './lossTable.ts';
import {
  logRatioAt,
  surrogates,
  watchRows,
  type SurrogateOptions,
  type Terms,
} from './surrogates.ts';

/** All [B, T] but `advantages` [B, 1]; `weights` is 0 wherever the mask is. */
export interface LossInputs {
  logps: tf.Tensor2D;
  /** Entropy of each position's distribution, differentiable; null when nothing asks for it. */
  entropies: tf.Tensor2D | null;
  /** Log-probabilities under the policy that sampled; null: on-policy, the ratio is 1. */
  old: tf.Tensor2D | null;
  /** Log-probabilities under the reference; null: no KL in the loss. */
  ref: tf.Tensor2D | null;
  advantages: tf.Tensor2D;
  mask: tf.Tensor2D;
  weights: tf.Tensor2D;
  /** 1 for the tokens that the policy term learns from; null: all of them. */
  keep: tf.Tensor2D | null;
}

export type KlEstimator = 'k1' | 'k2' | 'k3';

/** The part of a config that decides the loss, under its names there. */
export interface LossOptions extends SurrogateOptions {
  lossType: LossType;
  importanceSamplingLevel: 'token' | 'sequence';
  beta: number;
  klEstimator: KlEstimator;
  useBiasCorrectionKl: boolean;
  entropyCoef: number;
  /** 0: no mask. */
  offPolicyMaskThreshold: number;
}

/**
 * Estimates of KL(policy ‖ reference) per token from `log π − log π_ref`
 * (Schulman, "Approximating KL divergence", 2020).
 */
export const klEstimators: Record<KlEstimator, (logRatio: tf.Tensor2D) => tf.Tensor2D> = {
  k1: (logRatio) => logRatio,
  k2: (logRatio) => tf.mul(tf.mul(logRatio, logRatio), scalarOf(0.5)),
  k3: (logRatio) => tf.sub(tf.add(tf.exp(tf.neg(logRatio)), logRatio), scalarOf(1)),
};

/** The level that the loss takes its ratio at: its own, or the config's. */
export const ratioLevel = ({
  lossType,
  importanceSamplingLevel,
}: Pick<LossOptions, 'lossType' | 'importanceSamplingLevel'>): RatioLevel =>
  lossEntry(lossType).level ?? importanceSamplingLevel;

function termsOf(inputs: LossInputs, options: LossOptions): Terms {
  const { logps, old, advantages, mask } = inputs;
  const logRatio = tf.sub<tf.Tensor2D>(logps, old ?? stopGradient(logps));
  const ratio = tf.exp(logRatioAt[ratioLevel(options)](logRatio, mask));
  return { logps, logRatio, ratio, advantages, mask, onPolicy: old === null };
}

function klOf({ logps, ref }: LossInputs, { ratio }: Terms, options: LossOptions): tf.Tensor2D {
  const kl = klEstimators[options.klEstimator](tf.sub(logps, ref!));
  return options.useBiasCorrectionKl ? tf.mul(kl, ratio) : kl;
}

/** 0 for completions with A < 0 whose mean of old − new exceeds the threshold: [B, 1]. */
function offPolicyMask({ logRatio, advantages, mask }: Terms, threshold: number): tf.Tensor2D {
  return withoutGradient(logRatio, (constant) => {
    const drift = tf.neg(logRatioAt.sequence(constant, mask));
    const near = tf.lessEqual(drift, scalarOf(threshold));
    const gains = tf.greaterEqual(advantages, scalarOf(0));
    return tf.cast<tf.Tensor2D>(tf.logicalOr(gains, near), 'float32');
  });
}

/** Cost per token [B, T]: the policy term with its masks, and the KL. */
function costOf(inputs: LossInputs, terms: Terms, options: LossOptions): tf.Tensor {
  const { keep, old, ref } = inputs;
  const threshold = options.offPolicyMaskThreshold;
  let cost: tf.Tensor = surrogates[options.lossType](terms, options);
  if (keep) cost = tf.mul(cost, keep);
  if (old && threshold > 0) cost = tf.mul(cost, offPolicyMask(terms, threshold));
  if (!ref) return cost;
  return tf.add(cost, tf.mul(klOf(inputs, terms, options), scalarOf(options.beta)));
}

/**
 * The scalar loss, differentiable with respect to `logps` and `entropies`.
 * @param stepTokens tokens of the whole step, over which the entropy bonus is a mean (as in TRL).
 */
export function policyLoss(
  inputs: LossInputs,
  options: LossOptions,
  stepTokens: number,
): tf.Scalar {
  const { weights, entropies, mask } = inputs;
  const cost = costOf(inputs, termsOf(inputs, options), options);
  const loss = tf.sum<tf.Scalar>(tf.mul(cost, weights));
  if (!entropies || options.entropyCoef === 0) return loss;
  const bonus = tf.mul(tf.sum(tf.mul(entropies, mask)), options.entropyCoef / stepTokens);
  return tf.sub(loss, bonus);
}

/**
 * What the metrics need beside the loss, in one vector without a gradient: the sums of KL and of
 * entropy over the unmasked tokens, then for each of the loss's watches one number per row.
 * `lossMetrics` reads it.
 */
export function lossSums(inputs: LossInputs, options: LossOptions): tf.Tensor1D {
  const { entropies, mask, old, ref } = inputs;
  const masked = (x: tf.Tensor): tf.Tensor1D => tf.reshape(tf.sum(tf.mul(x, mask)), [1]);
  const none = tf.reshape<tf.Rank.R1>(scalarOf(0), [1]);
  // Without old log-probabilities the ratio is 1 everywhere: nothing to watch.
  const watches = old ? lossEntry(options.lossType).watches : [];
  const terms = ref || old ? termsOf(inputs, options) : null;
  return tf.concat([
    ref ? masked(klOf(inputs, terms!, options)) : none,
    entropies ? masked(entropies) : none,
    ...watches.map((watch) => watchRows(watch, terms!, options, options.lossType)),
  ]);
}
