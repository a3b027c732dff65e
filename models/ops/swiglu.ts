/** SwiGLU gate (Shazeer, "GLU Variants Improve Transformer", 2020, eq. 5): silu(gate) · up. */
import * as tf from '@tensorflow/tfjs-core';
import { scalarOf } from './scalars.ts';

/** gate, up [N, f] -> [N, f]. */
export function swiglu(gate: tf.Tensor2D, up: tf.Tensor2D): tf.Tensor2D {
  const op = tf.customGrad((...args) => {
    const [g, u, save] = args as unknown as [tf.Tensor2D, tf.Tensor2D, tf.GradSaveFunc];
    const sigmoid = tf.sigmoid(g);
    const silu = tf.mul(g, sigmoid);
    save([u, sigmoid, silu]);
    return {
      value: tf.mul(silu, u),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [savedUp, s, a] = saved as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
        // d silu(g)/dg = s + silu · (1 − s)
        const slope = tf.add(s, tf.mul(a, tf.sub(scalarOf(1), s)));
        return [tf.mul(tf.mul(dy, savedUp), slope), tf.mul(dy, a)];
      },
    };
  });
  return op(gate, up) as tf.Tensor2D;
}
