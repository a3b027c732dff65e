/**
 * All parameters, or their gradients, as one vector: each tensor's numbers after those of the one
 * before, zero-padded at the end to a multiple of `lane`. AdamW works on such vectors.
 */
import * as tf from '@tensorflow/tfjs-core';
import { lane } from './lane.ts';

/** Length P of the flat vector of these tensors. */
export function flatSize(parameters: Iterable<{ size: number }>): number {
  let size = 0;
  for (const parameter of parameters) size += parameter.size;
  return Math.ceil(size / lane) * lane;
}

/** Tensors in order -> one vector [P], zero-padded. */
export function flatten(tensors: readonly tf.Tensor[]): tf.Tensor1D {
  return tf.tidy(() => {
    const size = tensors.reduce((sum, t) => sum + t.size, 0);
    const rest = flatSize(tensors) - size;
    const parts = tensors.map((t) => tf.reshape<tf.Rank.R1>(t, [-1]));
    return tf.concat1d(rest === 0 ? parts : [...parts, tf.zeros<tf.Rank.R1>([rest])]);
  });
}

/** Writes a flat vector [P] back into variables, in order. */
export function unflatten(flat: tf.Tensor1D, variables: Iterable<tf.Variable>): void {
  let offset = 0;
  for (const variable of variables) {
    const begin = offset;
    const value = tf.tidy(() =>
      tf.reshape(tf.slice(flat, [begin], [variable.size]), variable.shape),
    );
    variable.assign(value);
    value.dispose();
    offset += variable.size;
  }
}
