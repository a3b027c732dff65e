/**
 * Token embedding. Forward is a lookup; the gradient is oneHotᵀ·dY, because tfjs' own gradient
 * of gather adds with float atomics on WebGPU (other bits each time) and is missing on WASM.
 */
import * as tf from '@tensorflow/tfjs-core';
import { matMul2d } from './matMul.ts';
import { oneHot } from './oneHot.ts';

/** Rows of `table` [V, d] at `ids` [N] (int32, in [0, V)) -> [N, d]. */
export function embed(table: tf.Tensor2D, ids: tf.Tensor1D): tf.Tensor2D {
  const op = tf.customGrad((...args) => {
    const [matrix, save] = args as unknown as [tf.Tensor2D, tf.GradSaveFunc];
    save([ids]);
    return {
      value: tf.gather(matrix, ids), // [N, d]
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const hot = oneHot(saved[0] as tf.Tensor1D, matrix.shape[0]); // [N, V]
        return matMul2d(hot, dy as tf.Tensor2D, true, false); // [V, d]
      },
    };
  });
  return op(table);
}
