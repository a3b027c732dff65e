/**
 * Root-mean-square normalisation (Zhang & Sennrich, "Root Mean Square Layer Normalization",
 * 2019, eq. 4): y = x / sqrt(mean(x²) + ε) · w, over the last axis.
 */
import * as tf from '@tensorflow/tfjs-core';
import { scalarOf } from './scalars.ts';

function inverseRms(x: tf.Tensor2D, epsilon: number): tf.Tensor2D {
  const meanSquare = tf.mean(tf.square(x), 1, true); // [N, 1]
  return tf.rsqrt(tf.add(meanSquare, scalarOf(epsilon)));
}

/** x [N, d], weight [d] -> [N, d]. */
export function rmsNorm(x: tf.Tensor2D, weight: tf.Tensor1D, epsilon: number): tf.Tensor2D {
  const op = tf.customGrad((...args) => {
    const [input, gain, save] = args as unknown as [tf.Tensor2D, tf.Tensor1D, tf.GradSaveFunc];
    const scale = inverseRms(input, epsilon); // [N, 1]
    const normal = tf.mul(input, scale); // [N, d]
    save([normal, scale, gain]);
    return {
      value: tf.mul(normal, gain),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [n, s, w] = saved as [tf.Tensor2D, tf.Tensor2D, tf.Tensor1D];
        // With n = x·s: dx = s · (g − n · mean(g·n)), g = dy·w.
        const g = tf.mul(dy, w); // [N, d]
        const along = tf.mean(tf.mul(g, n), 1, true); // [N, 1]
        const dx = tf.mul(s, tf.sub(g, tf.mul(n, along))); // [N, d]
        return [dx, tf.sum(tf.mul(dy, n), 0)];
      },
    };
  });
  return op(x, weight) as tf.Tensor2D;
}
