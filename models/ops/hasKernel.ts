/** Whether the active backend brings a kernel of its own for one of our ops. */
import * as tf from '@tensorflow/tfjs-core';

export function hasKernel(name: string): boolean {
  // Typed as always there, but undefined where nothing is registered.
  return (tf.getKernel(name, tf.getBackend()) as tf.KernelConfig | undefined) !== undefined;
}
