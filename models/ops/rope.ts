/**
 * Rotary position embedding (Su et al., "RoFormer", 2021, eq. 34) in the rotate-half layout of
 * Hugging Face: dimension i pairs with i + D/2. The rotation is orthogonal, so its gradient is
 * the rotation by the negative angle.
 */
import * as tf from '@tensorflow/tfjs-core';
import * as portable from '../portableMath.ts';

/** Cosines and sines of every position, halves repeated: [positions, D] each. */
export interface RopeTable {
  cos: tf.Tensor2D;
  sin: tf.Tensor2D;
}

/** Angles position · theta^(−2i/D) for positions 0 … `positions` − 1; computed in float64. */
export function ropeTable(positions: number, headDim: number, theta: number): RopeTable {
  const half = headDim / 2;
  const cos = new Float32Array(positions * headDim);
  const sin = new Float32Array(positions * headDim);
  const logTheta = portable.log(theta);
  for (let i = 0; i < half; i++) {
    const frequency = portable.exp(-((2 * i) / headDim) * logTheta);
    for (let p = 0; p < positions; p++) {
      const at = p * headDim + i;
      cos[at] = cos[at + half] = portable.cos(p * frequency);
      sin[at] = sin[at + half] = portable.sin(p * frequency);
    }
  }
  const shape: [number, number] = [positions, headDim];
  return { cos: tf.tensor2d(cos, shape), sin: tf.tensor2d(sin, shape) };
}

function rotateHalf(x: tf.Tensor4D): tf.Tensor4D {
  const [b, t, h, d] = x.shape;
  const low = tf.slice(x, [0, 0, 0, 0], [b, t, h, d / 2]);
  const high = tf.slice(x, [0, 0, 0, d / 2], [b, t, h, d / 2]);
  return tf.concat([tf.neg(high), low], 3);
}

function rotate(x: tf.Tensor4D, cos: tf.Tensor4D, sin: tf.Tensor4D): tf.Tensor4D {
  return tf.add(tf.mul(x, cos), tf.mul(rotateHalf(x), sin));
}

/**
 * x [B, T, H, D]; cos and sin broadcast against it ([1, T, 1, D] in training, [B, 1, 1, D] when
 * each row stands at its own position) -> [B, T, H, D].
 */
export function rope(x: tf.Tensor4D, cos: tf.Tensor4D, sin: tf.Tensor4D): tf.Tensor4D {
  const op = tf.customGrad((...args) => {
    const [input, save] = args as unknown as [tf.Tensor4D, tf.GradSaveFunc];
    save([cos, sin]);
    return {
      value: rotate(input, cos, sin),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [c, s] = saved as [tf.Tensor4D, tf.Tensor4D];
        return rotate(dy as tf.Tensor4D, c, tf.neg(s));
      },
    };
  });
  return op(x);
}
