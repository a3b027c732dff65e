/**
 * Whether the active backend brings a kernel of its own for one of our ops, and whether it is to
 * be used: a kernel that failed its self-test, or that a benchmark leaves out, is left out by
 * name, and the op's composition serves instead.
 */
import * as tf from '@tensorflow/tfjs-core';

let leftOut: ReadonlySet<string> = new Set();

export function hasKernel(name: string): boolean {
  if (leftOut.has(name)) return false;
  // Typed as always there, but undefined where nothing is registered.
  return (tf.getKernel(name, tf.getBackend()) as tf.KernelConfig | undefined) !== undefined;
}

/** From now on these kernels are not used, and all others are. */
export function leaveOutKernels(names: Iterable<string>): void {
  leftOut = new Set(names);
}
