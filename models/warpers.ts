/**
 * Logits warpers in Hugging Face's order: temperature, top_k, top_p, min_p. They give the
 * probabilities a token is drawn from. Ties at a threshold are kept together.
 */
import * as tf from '@tensorflow/tfjs-core';
import { scalarOf } from './ops/scalars.ts';

export interface Warping {
  /** > 0; logits are divided by it. */
  temperature: number;
  /** Keep the k likeliest; 0 is off. */
  topK: number;
  /** Keep the likeliest that together reach this probability, in (0, 1]; 1 is off. */
  topP: number;
  /** Drop what is less likely than this share of the likeliest, in [0, 1]; 0 is off. */
  minP: number;
}

export const noWarping: Warping = { temperature: 1, topK: 0, topP: 1, minP: 0 };

/** Zeroes the probabilities below `threshold` [B, 1] and renormalises. */
function keepAbove(probabilities: tf.Tensor2D, threshold: tf.Tensor): tf.Tensor2D {
  const kept = tf.mul(probabilities, tf.cast(tf.greaterEqual(probabilities, threshold), 'float32'));
  return tf.div(kept, tf.sum(kept, 1, true));
}

function topKThreshold(probabilities: tf.Tensor2D, k: number): tf.Tensor {
  const { values } = tf.topk(probabilities, k, true); // [B, k], descending
  return tf.slice(values, [0, k - 1], [-1, 1]);
}

function topPThreshold(probabilities: tf.Tensor2D, p: number): tf.Tensor {
  const size = probabilities.shape[1];
  const { values } = tf.topk(probabilities, size, true); // [B, V], descending
  const massBefore = tf.cumsum(values, 1, true); // [B, V], exclusive
  const beyond = tf.cast(tf.greaterEqual(massBefore, scalarOf(p)), 'float32');
  // Tokens beyond the mass are lifted out of the way of the minimum.
  return tf.min(tf.add(values, tf.mul(beyond, scalarOf(2))), 1, true);
}

function minPThreshold(probabilities: tf.Tensor2D, minP: number): tf.Tensor {
  return tf.mul(tf.max(probabilities, 1, true), scalarOf(minP));
}

/** Logits [B, V] -> probabilities [B, V] after all warpers; each row sums to 1. */
export function warpedProbabilities(logits: tf.Tensor2D, warping: Warping): tf.Tensor2D {
  const { temperature, topK, topP, minP } = warping;
  const size = logits.shape[1];
  const warm = temperature === 1 ? logits : tf.div(logits, scalarOf(temperature));
  let probabilities = tf.softmax(warm) as tf.Tensor2D;
  if (topK > 0 && topK < size) {
    probabilities = keepAbove(probabilities, topKThreshold(probabilities, topK));
  }
  if (topP < 1) probabilities = keepAbove(probabilities, topPThreshold(probabilities, topP));
  if (minP > 0) probabilities = keepAbove(probabilities, minPThreshold(probabilities, minP));
  return probabilities;
}

/**
 * Inverse-CDF draw: probabilities [B, V] and uniforms [B] in [0, 1 − 2⁻²³] -> token ids [B]
 * int32. The cumulative sum is a product with a triangular matrix (`upperTriangle`), one ordered
 * dispatch; u·total stays below total, so the draw never runs past the last possible token.
 */
export function drawTokens(
  probabilities: tf.Tensor2D,
  uniforms: tf.Tensor1D,
  upper: tf.Tensor2D,
): tf.Tensor1D {
  const [rows, size] = probabilities.shape;
  const cumulative = tf.matMul(probabilities, upper); // [B, V]
  const total = tf.slice(cumulative, [0, size - 1], [rows, 1]); // [B, 1]
  const threshold = tf.mul(tf.expandDims(uniforms, 1), total); // [B, 1]
  const passed = tf.cast(tf.lessEqual(cumulative, threshold), 'float32'); // [B, V]
  return tf.cast(tf.sum(passed, 1), 'int32');
}

/** [V, V] with ones on and above the diagonal: a row vector times it is its cumulative sum. */
export function upperTriangle(size: number): tf.Tensor2D {
  const ones = new Float32Array(size * size);
  for (let i = 0; i < size; i++) ones.fill(1, i * size + i, (i + 1) * size);
  return tf.tensor2d(ones, [size, size]);
}
