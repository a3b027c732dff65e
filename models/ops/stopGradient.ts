/** Parts of a computation that no gradient flows through; tfjs has nothing of the kind. */
import * as tf from '@tensorflow/tfjs-core';

/** f(x) as a constant: its gradient is 0, and f may use ops that have none. */
export function withoutGradient<T extends tf.Tensor, R extends tf.Tensor>(x: T, f: (x: T) => R): R {
  const op = tf.customGrad((...args) => {
    const [input] = args as unknown as [T];
    return { value: f(input), gradFunc: () => tf.zerosLike(input) };
  });
  return op(x);
}

/** The identity with a gradient of 0. */
export const stopGradient = <T extends tf.Tensor>(x: T): T =>
  withoutGradient(x, (y) => tf.clone(y));
