/**
 * The fused training pass against the composition it must agree with, in one run on the same
 * batch: log-probabilities and the gradient of every parameter, random weights of the default
 * size, the rows in micro-batches as training has them.
 */
import * as tf from '@tensorflow/tfjs-core';
import '../../models/gradients.ts';
import { hasKernel } from '../../models/ops/hasKernel.ts';
import { logpsGradient, logpsGradientReference } from '../../models/ops/policyLogps.ts';
import { createPolicy, disposePolicy } from '../../models/policy.ts';
import { microBatchShape } from '../../src/rft/batch.ts';
import { randomPolicy } from './randomPolicy.ts';
import type { Figure } from './table.ts';
import { bestMs } from './timing.ts';

const rows = 64;
const columns = 30;

/** On the active backend: the training pass over 64 rows of 30 tokens, forward and backward. */
export async function trainingFigures(): Promise<Figure[]> {
  const { config, tensors } = randomPolicy();
  const policy = createPolicy(config, tensors);
  const shape: [number, number] = [Math.min(rows, microBatchShape().rows), columns];
  const tokens = Int32Array.from({ length: shape[0] * columns }, (_, i) => 3 + ((i * 7) % 60));
  const ids = tf.tensor2d(tokens, shape, 'int32');
  const targets = tf.tensor1d(tokens, 'int32');
  const pass = { ids, targets, temperature: 1 };
  const rateOf = async (gradientOf: typeof logpsGradient): Promise<number> => {
    const ms = await bestMs(async () => {
      for (let from = 0; from < rows; from += shape[0]) {
        const made = tf.tidy(() => {
          const { loss, logps, gradient } = gradientOf(policy, pass, (x) => tf.sum(x));
          return { loss, logps, gradient };
        });
        await made.gradient.data();
        tf.dispose(Object.values(made));
      }
    });
    return (rows * columns * 1000) / ms;
  };
  const reference = await rateOf(logpsGradientReference);
  const figures: Figure[] = [['training pass [64,30], composition', reference, 'tokens/s']];
  if (hasKernel('PolicyLogps')) {
    const fused = await rateOf(logpsGradient);
    figures.push(['training pass [64,30], kernel', fused, 'tokens/s']);
    figures.push(['kernel / composition', fused / reference, 'times']);
  }
  tf.dispose([ids, targets]);
  disposePolicy(policy);
  return figures;
}
