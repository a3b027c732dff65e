/**
 * One AdamW update by a backend's kernel 'AdamW', where there is one: a single pass over flat
 * vectors instead of some twenty-five operations on them. The formula, its sources and the
 * composition, which is the oracle, are in src/rft/optimizer.ts.
 */
import * as tf from '@tensorflow/tfjs-core';
import { namedParameters } from './parametersOf.ts';

/** The numbers of one update. */
export interface AdamWAttrs {
  beta1: number;
  beta2: number;
  epsilon: number;
  maxGradNorm: number;
  /** The learning rate divided by the first moment's bias correction. */
  stepSize: number;
  /** 1 / sqrt(bias correction of the second moment). */
  correction: number;
  /** By parameter: the share of it that weight decay takes. */
  decays: number[];
}

/**
 * gradient, m, v [P] -> the norm before clipping, and the new m and v. The variables are written in
 * place, and with them any tensor that shares their values.
 */
export function adamWByKernel(
  variables: readonly tf.Variable[],
  gradient: tf.Tensor1D,
  m: tf.Tensor1D,
  v: tf.Tensor1D,
  attrs: AdamWAttrs,
): readonly [tf.Scalar, tf.Tensor1D, tf.Tensor1D] {
  const inputs = { gradient, m, v, ...namedParameters(variables) };
  const outputs: unknown = tf.engine().runKernel('AdamW', inputs, { ...attrs });
  return outputs as [tf.Scalar, tf.Tensor1D, tf.Tensor1D];
}
