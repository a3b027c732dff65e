/** The identity with a gradient of zero; tfjs has none. */
import * as tf from '@tensorflow/tfjs-core';

export function stopGradient<T extends tf.Tensor>(x: T): T {
  const op = tf.customGrad((...args) => {
    const [input] = args as unknown as [tf.Tensor];
    return { value: tf.clone(input), gradFunc: (dy: tf.Tensor) => tf.zerosLike(dy) };
  });
  return op(x) as T;
}
