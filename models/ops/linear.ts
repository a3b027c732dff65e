/**
 * The affine map of a linear layer, weights as Hugging Face stores them: [out, in].
 * Its weight gradient is one ordered matrix product, never an atomic sum, so equal inputs give
 * equal bits.
 */
import * as tf from '@tensorflow/tfjs-core';
import { matMul2d } from './matMul.ts';

/** x·Wᵀ: x [N, in], weight [out, in] -> [N, out]. */
export function linear(x: tf.Tensor2D, weight: tf.Tensor2D): tf.Tensor2D {
  const op = tf.customGrad((...args) => {
    const [input, matrix, save] = args as unknown as [tf.Tensor2D, tf.Tensor2D, tf.GradSaveFunc];
    save([input, matrix]);
    return {
      value: matMul2d(input, matrix, false, true), // [N, out]
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [savedInput, savedMatrix] = saved as [tf.Tensor2D, tf.Tensor2D];
        const dOut = dy as tf.Tensor2D;
        return [
          matMul2d(dOut, savedMatrix), // [N, in]
          matMul2d(dOut, savedInput, true, false), // [out, in]
        ];
      },
    };
  });
  return op(x, weight);
}
