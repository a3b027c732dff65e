/**
 * Log-probabilities and entropies of tokens under a row of logits divided by a temperature.
 * With p the probabilities and H the entropy, the gradients to a logit j are (oneHot_j − p_j) /
 * temperature and −p_j · (ln p_j + H) / temperature, formed directly from the saved ln p.
 */
import * as tf from '@tensorflow/tfjs-core';
import { oneHot } from './oneHot.ts';
import { scalarOf } from './scalars.ts';

/** logits [N, V], targets [N] int32, temperature > 0 -> log-probabilities [N]. */
export function tokenLogps(
  logits: tf.Tensor2D,
  targets: tf.Tensor1D,
  temperature: number,
): tf.Tensor1D {
  const op = tf.customGrad((...args) => {
    const [rows, save] = args as unknown as [tf.Tensor2D, tf.GradSaveFunc];
    const logProbabilities = tf.logSoftmax(scaled(rows, temperature)); // [N, V]
    const hot = oneHot(targets, rows.shape[1]); // [N, V]
    save([logProbabilities, hot]);
    return {
      value: tf.sum(tf.mul(logProbabilities, hot), 1), // [N]
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [logP, chosen] = saved as [tf.Tensor2D, tf.Tensor2D];
        const toLogits = tf.sub(chosen, tf.exp(logP)); // [N, V]
        return scaled(tf.mul<tf.Tensor2D>(tf.expandDims(dy, 1), toLogits), temperature);
      },
    };
  });
  return op(logits) as tf.Tensor1D;
}

/** Entropy in nats of each row of logits / temperature: [N, V] -> [N]. */
export function entropies(logits: tf.Tensor2D, temperature: number): tf.Tensor1D {
  const op = tf.customGrad((...args) => {
    const [rows, save] = args as unknown as [tf.Tensor2D, tf.GradSaveFunc];
    const logProbabilities = tf.logSoftmax(scaled(rows, temperature)); // [N, V]
    const value = tf.neg(tf.sum(tf.mul(tf.exp(logProbabilities), logProbabilities), 1)); // [N]
    save([logProbabilities, value]);
    return {
      value,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [logP, entropy] = saved as [tf.Tensor2D, tf.Tensor1D];
        const excess = tf.add(logP, tf.expandDims(entropy, 1)); // [N, V]
        const fall = tf.mul<tf.Tensor2D>(tf.exp(logP), excess); // [N, V]
        return scaled(tf.mul<tf.Tensor2D>(tf.expandDims(tf.neg(dy), 1), fall), temperature);
      },
    };
  });
  return op(logits) as tf.Tensor1D;
}

function scaled(logits: tf.Tensor2D, temperature: number): tf.Tensor2D {
  return temperature === 1 ? logits : tf.div(logits, scalarOf(temperature));
}
