/** Whether the active backend brings a kernel of its own for one of our ops. */
import * as tf from '@tensorflow/tfjs-core';

export function hasKernel(name: string): boolean {
  return tf.getKernel(name, tf.getBackend()) != null;
}
