/**
 * Persistent scalar tensors. In tfjs every JavaScript number inside an op is a new tensor and, on
 * WebGPU, an upload that ends the compute pass; constants are therefore made once per backend and
 * kept. Only for constants: values that change each step do not belong here, they would pile up.
 */
import * as tf from '@tensorflow/tfjs-core';

const kept = new Map<string, tf.Scalar>();

/** The kept scalar tensor of a constant, on the active backend. */
export function scalarOf(value: number): tf.Scalar {
  const key = `${tf.getBackend()}:${String(value)}`;
  const known = kept.get(key);
  if (known && !known.isDisposed) return known;
  const made = tf.keep(tf.scalar(value));
  kept.set(key, made);
  return made;
}

/** Forgets every kept scalar; call when a backend is removed (device loss). */
export function forgetScalars(): void {
  kept.clear();
}
