/**
 * The fused causal attention against the composition it must agree with, in one run on the same
 * inputs; that they do agree is the tests' business.
 */
import * as tf from '@tensorflow/tfjs-core';
import '../../models/gradients.ts';
import { causalAttention, causalAttentionReference } from '../../models/ops/causalAttention.ts';
import { hasKernel } from '../../models/ops/hasKernel.ts';
import { randomUniform } from '../../models/philox.ts';
import type { Figure } from './table.ts';
import { bestMs } from './timing.ts';

/** On the active backend: causal attention of a training micro-batch, forward and backward. */
export async function attentionFigures(): Promise<Figure[]> {
  const shape: [number, number, number, number] = [16, 64, 4, 24];
  const [q, k, v, dy] = Array.from({ length: 4 }, (_, n) => {
    const size = shape.reduce((a, b) => a * b, 1);
    return tf.tensor4d(
      Float32Array.from({ length: size }, (_value, i) => randomUniform(n, 'task', 0, i, 0) - 0.5),
      shape,
    );
  }) as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
  const msOf = (attend: typeof causalAttention): Promise<number> =>
    bestMs(async () => {
      const made = tf.grads((...x) => attend(...(x as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D])))(
        [q, k, v],
        dy,
      );
      await Promise.all(made.map((gradient) => gradient.data()));
      tf.dispose(made);
    });
  const reference = await msOf(causalAttentionReference);
  const composed: Figure = ['attention [16,64,4,24] both ways, composition', reference, 'ms'];
  if (!hasKernel('CausalAttention')) return [composed];
  const kernel = await msOf(causalAttention);
  return [
    composed,
    ['attention [16,64,4,24] both ways, kernel', kernel, 'ms'],
    ['composition / kernel', reference / kernel, 'times'],
  ];
}
