/**
 * Causal scaled dot-product attention (Vaswani et al., "Attention Is All You Need", 2017, eq. 1)
 * with grouped queries (Ainslie et al., "GQA", 2023): query head h reads key-value head
 * floor(h / (H / K)). Rows are padded on the right, so causality is the only mask. Where a
 * backend registers the kernels 'CausalAttention' and 'CausalAttentionGrad' they are used; the
 * composition below is the oracle and serves the other backends.
 */
import * as tf from '@tensorflow/tfjs-core';
import { hasKernel } from './hasKernel.ts';
import { scalarOf } from './scalars.ts';

/** Finite, so that a row of masked scores stays free of NaN. */
const masked = -1e9;

/** 0 on and below the diagonal, `masked` above: [T, T]. */
function causalMask(length: number): tf.Tensor2D {
  const positions = tf.range(0, length, 1, 'int32');
  const ahead = tf.greater(tf.expandDims(positions, 0), tf.expandDims(positions, 1));
  return tf.mul(tf.cast(ahead, 'float32'), scalarOf(masked));
}

/** Composition of `causalAttention`: query heads of one key-value head are folded together. */
export function causalAttentionReference(
  q: tf.Tensor4D,
  k: tf.Tensor4D,
  v: tf.Tensor4D,
): tf.Tensor4D {
  return tf.tidy(() => {
    const [rows, length, heads, headDim] = q.shape;
    const kvHeads = k.shape[2];
    const group = heads / kvHeads;
    const batch = rows * kvHeads;
    const scaled = tf.mul(q, scalarOf(1 / Math.sqrt(headDim)));
    const queries = tf.reshape(tf.transpose(scaled, [0, 2, 1, 3]), [
      batch,
      group * length,
      headDim,
    ]);
    const keys = tf.reshape(tf.transpose(k, [0, 2, 3, 1]), [batch, headDim, length]);
    const values = tf.reshape(tf.transpose(v, [0, 2, 1, 3]), [batch, length, headDim]);
    const scores = tf.reshape(tf.matMul(queries, keys), [batch, group, length, length]);
    const weights = tf.softmax(tf.add(scores, causalMask(length))); // [B·K, G, T, T]
    const mixed = tf.matMul(tf.reshape(weights, [batch, group * length, length]), values);
    return tf.transpose(tf.reshape(mixed, [rows, heads, length, headDim]), [0, 2, 1, 3]);
  });
}

/** Through the backend's own kernels. `statistics` [B, H, T, 2] is theirs: backward reads it. */
function causalAttentionKernel(q: tf.Tensor4D, k: tf.Tensor4D, v: tf.Tensor4D): tf.Tensor4D {
  const op = tf.customGrad((...args) => {
    const [queries, keys, values, save] = args as unknown as [
      ...[tf.Tensor4D, tf.Tensor4D, tf.Tensor4D],
      tf.GradSaveFunc,
    ];
    const inputs = { q: queries, k: keys, v: values };
    const outputs: unknown = tf.engine().runKernel('CausalAttention', inputs);
    const [out, statistics] = outputs as [tf.Tensor4D, tf.Tensor4D];
    save([queries, keys, values, out, statistics]);
    return {
      value: out,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const names = ['q', 'k', 'v', 'out', 'statistics'];
        const named = Object.fromEntries(names.map((name, i) => [name, saved[i]!]));
        return tf.engine().runKernel('CausalAttentionGrad', { ...named, dy });
      },
    };
  });
  return op(q, k, v);
}

/** q [B,T,H,D], k and v [B,T,K,D], H a multiple of K -> [B,T,H,D]; scores are divided by √D. */
export function causalAttention(q: tf.Tensor4D, k: tf.Tensor4D, v: tf.Tensor4D): tf.Tensor4D {
  const attend = hasKernel('CausalAttention') ? causalAttentionKernel : causalAttentionReference;
  return attend(q, k, v);
}
