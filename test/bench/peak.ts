/**
 * How many floating-point operations a second this device reaches in a plain fp32 matrix product
 * by tfjs' own programs: the yardstick for what a training pass reaches.
 */
import * as tf from '@tensorflow/tfjs-core';
import { randomUniform } from '../../models/philox.ts';
import { bestMs } from './timing.ts';

/** tfjs' matrix product programs (WEBGPU_MATMUL_PROGRAM_TYPE): split K, small output, packed. */
const programs = [1, 2, 3];
const flag = 'WEBGPU_MATMUL_PROGRAM_TYPE';

/**
 * The best program's rate for a product of two [size, size] matrices on the active backend;
 * `repeats` products between two readbacks, so that the readback weighs little.
 */
export async function matMulPeak(size: number, repeats: number): Promise<number> {
  const values = Float32Array.from({ length: size }, (_, i) => randomUniform(1, 'task', 0, i, 0));
  const a = tf.tidy(() => tf.mul(tf.tensor2d(values, [size, 1]), tf.tensor2d(values, [1, size])));
  const before = tf.env().get(flag);
  let best = Infinity;
  for (const program of programs) {
    tf.env().set(flag, program);
    const ms = await bestMs(async () => {
      const corner = tf.tidy(() => {
        let product: tf.Tensor = a;
        for (let i = 0; i < repeats; i++) product = tf.matMul(a, a);
        return tf.slice(product, [0, 0], [1, 1]);
      });
      await corner.data();
      corner.dispose();
    });
    best = Math.min(best, ms / repeats);
  }
  tf.env().set(flag, before);
  a.dispose();
  return (2 * size ** 3 * 1000) / best;
}
