/**
 * Attention of a single new token per row against a KV cache, and appending to that cache.
 * For decoding only: no gradient. Each row stands at its own position, so rows of different
 * lengths share a batch. Where a backend registers the kernels 'AppendToCache' and
 * 'DecodeAttention' they are used; the compositions below are the oracle and serve the rest.
 */
import * as tf from '@tensorflow/tfjs-core';
import { hasKernel } from './hasKernel.ts';
import { oneHot } from './oneHot.ts';
import { scalarOf } from './scalars.ts';

/** Finite, so that a row of masked scores stays free of NaN. */
const masked = -1e9;

/** Composition of `appendToCache`; the cache must hold zeros at the position written. */
export function appendToCacheReference(
  cache: tf.Tensor4D,
  x: tf.Tensor4D,
  positions: tf.Tensor1D,
): tf.Tensor4D {
  return tf.tidy(() => {
    const [rows, capacity] = cache.shape;
    const at = tf.reshape(oneHot(positions, capacity), [rows, capacity, 1, 1]);
    return tf.add(cache, tf.mul(at, x));
  });
}

/**
 * The cache [B, C, K, D] with x [B, 1, K, D] written at `positions` [B] int32. The old cache must
 * not be read afterwards: a kernel may write in place.
 */
export function appendToCache(
  cache: tf.Tensor4D,
  x: tf.Tensor4D,
  positions: tf.Tensor1D,
): tf.Tensor4D {
  if (!hasKernel('AppendToCache')) return appendToCacheReference(cache, x, positions);
  return tf.engine().runKernel<tf.Tensor4D>('AppendToCache', { cache, x, positions });
}

/** Composition of `decodeAttention`: query heads of one key-value head are folded together. */
export function decodeAttentionReference(
  q: tf.Tensor4D,
  k: tf.Tensor4D,
  v: tf.Tensor4D,
  positions: tf.Tensor1D,
): tf.Tensor4D {
  return tf.tidy(() => {
    const [rows, capacity, kvHeads, headDim] = k.shape;
    const heads = q.shape[2];
    const queries = tf.reshape(q, [rows, kvHeads, heads / kvHeads, headDim]); // [B,K,G,D]
    const keys = tf.transpose(k, [0, 2, 3, 1]); // [B,K,D,C]
    const values = tf.transpose(v, [0, 2, 1, 3]); // [B,K,C,D]
    const scale = scalarOf(1 / Math.sqrt(headDim));
    const scores = tf.mul(tf.matMul(queries, keys), scale); // [B,K,G,C]
    const columns = tf.range(0, capacity, 1, 'int32');
    const beyond = tf.cast(tf.greater(columns, tf.expandDims(positions, 1)), 'float32'); // [B,C]
    const mask = tf.reshape(tf.mul(beyond, scalarOf(masked)), [rows, 1, 1, capacity]);
    const weights = tf.softmax(tf.add(scores, mask)); // [B,K,G,C]
    return tf.reshape(tf.matMul(weights, values), [rows, 1, heads, headDim]);
  });
}

/**
 * q [B,1,H,D] against k, v [B,C,K,D] at columns 0 … positions[b] (the token's own included)
 * -> [B,1,H,D]; scores are divided by √D.
 */
export function decodeAttention(
  q: tf.Tensor4D,
  k: tf.Tensor4D,
  v: tf.Tensor4D,
  positions: tf.Tensor1D,
): tf.Tensor4D {
  if (!hasKernel('DecodeAttention')) return decodeAttentionReference(q, k, v, positions);
  return tf.engine().runKernel<tf.Tensor4D>('DecodeAttention', { q, k, v, positions });
}
