/**
 * One-hot rows as float32. tfjs' WASM kernel writes int32 bits whatever dtype is asked for
 * (tfjs 4.22, kernels/OneHot.ts), so the cast is explicit; drop it when that is mended upstream.
 */
import * as tf from '@tensorflow/tfjs-core';

/** ids [N] int32 in [0, depth) -> [N, depth]; an id outside gives a row of zeros. */
export function oneHot(ids: tf.Tensor1D, depth: number): tf.Tensor2D {
  return tf.tidy(() => tf.cast(tf.oneHot(ids, depth, 1, 0, 'int32'), 'float32')) as tf.Tensor2D;
}
