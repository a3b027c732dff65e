/**
 * Causal attention, forward and backward (AssemblyScript, compiled by ../build.mjs). Tensors are
 * float32 in [B, T, heads, D] as the network has them; scores exist for one head at a time, in
 * scratch. The backward pass computes the probabilities anew from the scores (Dao et al.,
 * "FlashAttention", 2022, algorithm 4; Dao, "FlashAttention-2", 2023, section 3.1.2). It saves
 * each row's maximum and sum, not their log-sum-exp, which would lose digits at large scores.
 * All sums run in a fixed order, so equal inputs give equal bits. Every pointer is in bytes; the
 * caller leaves `slackBytes` after the scratch, because strips read past the last rows.
 */
import { BLOCK, multiplyStrip, roundUp, STRIP } from './gemm';
import { backwardRow, dot, softmaxRow, storeRow } from './rows';

/** Scratch of either pass: two transposes [D, S], two score matrices [T, S], three [T, D]. */
export function scratchBytes(T: i32, D: i32): i32 {
  const S = roundUp(T, BLOCK);
  const wide = roundUp(D, BLOCK);
  return 4 * (2 * D * S + 2 * S * S + 3 * S * wide);
}

/** How far past the last tensor a strip may read: four rows of the widest, and a block. */
export function slackBytes(H: i32, D: i32): i32 {
  return 4 * (STRIP * H * D + BLOCK);
}

/** from [T, D] with rows `row` bytes apart -> to [D, S] without gaps; columns past T stay as is. */
function transpose(from: usize, row: usize, T: i32, D: i32, to: usize, toRow: usize): void {
  for (let t = 0; t < T; t++) {
    let target = to + ((<usize>t) << 2);
    for (let d: usize = 0; d < (<usize>D) << 2; d += 4) {
      store<f32>(target, load<f32>(from + d));
      target += toRow;
    }
    from += row;
  }
}

/** q, out [B,T,H,D]; k, v [B,T,K,D]; stats [B,H,T,2] (maximum of the raw scores, sum). */
export function forward(
  q: usize,
  k: usize,
  v: usize,
  out: usize,
  stats: usize,
  scratch: usize,
  B: i32,
  T: i32,
  H: i32,
  K: i32,
  D: i32,
): void {
  const scale: f32 = <f32>1 / sqrt<f32>(<f32>D);
  const S = roundUp(T, BLOCK);
  const wide = roundUp(D, BLOCK);
  const scoreRow: usize = S << 2;
  const wideRow: usize = wide << 2;
  const qRow: usize = (H * D) << 2;
  const kRow: usize = (K * D) << 2;
  const keysT = scratch; // [D, S]
  const scores = keysT + D * scoreRow; // [4, S]
  const result = scores + STRIP * scoreRow; // [4, wide]
  for (let b = 0; b < B; b++) {
    for (let h = 0; h < H; h++) {
      const kv: usize = ((b * T * K + h / (H / K)) * D) << 2;
      if (h % (H / K) === 0) transpose(k + kv, kRow, T, D, keysT, scoreRow);
      for (let t0 = 0; t0 < T; t0 += STRIP) {
        const end = min(t0 + STRIP, T);
        const at: usize = (((b * T + t0) * H + h) * D) << 2;
        const columns = roundUp(end, BLOCK);
        multiplyStrip(q + at, qRow, 4, keysT, scoreRow, D, scores, scoreRow, columns, false);
        // The values are mixed by unnormalised weights; the row's 1 / sum is kept in `stats`.
        const rowStats = stats + (((b * H + h) * T + t0) << 3);
        for (let i = 0; i < end - t0; i++) {
          softmaxRow(scores + i * scoreRow, t0 + i, scale, rowStats + (i << 3));
        }
        multiplyStrip(scores, scoreRow, 4, v + kv, kRow, end, result, wideRow, wide, false);
        for (let i = 0; i < end - t0; i++) {
          const inverse = <f32>1 / load<f32>(rowStats + (i << 3), 4);
          storeRow(result + i * wideRow, inverse, out + at + i * qRow, D);
        }
      }
    }
  }
}

/** Gradients dq [B,T,H,D], dk, dv [B,T,K,D] of `forward` for the gradient dOut of its output. */
export function backward(
  q: usize,
  k: usize,
  v: usize,
  out: usize,
  stats: usize,
  dOut: usize,
  dq: usize,
  dk: usize,
  dv: usize,
  scratch: usize,
  B: i32,
  T: i32,
  H: i32,
  K: i32,
  D: i32,
): void {
  const scale: f32 = <f32>1 / sqrt<f32>(<f32>D);
  const S = roundUp(T, BLOCK);
  const wide = roundUp(D, BLOCK);
  const scoreRow: usize = S << 2;
  const wideRow: usize = wide << 2;
  const qRow: usize = (H * D) << 2;
  const kRow: usize = (K * D) << 2;
  const keysT = scratch; // [D, S]
  const valuesT = keysT + D * scoreRow; // [D, S]
  const scores = valuesT + D * scoreRow; // [S, S]
  const gradients = scores + S * scoreRow; // [S, S]
  const dKeys = gradients + S * scoreRow; // [S, wide]
  const dValues = dKeys + S * wideRow; // [S, wide]
  const dQueries = dValues + S * wideRow; // [4, wide]
  const group = H / K;
  for (let b = 0; b < B; b++) {
    for (let h = 0; h < H; h++) {
      const kv: usize = ((b * T * K + h / group) * D) << 2;
      const head: usize = ((b * T * H + h) * D) << 2;
      const firstOfGroup = h % group === 0;
      if (firstOfGroup) {
        transpose(k + kv, kRow, T, D, keysT, scoreRow);
        transpose(v + kv, kRow, T, D, valuesT, scoreRow);
        memory.fill(dKeys, 0, 2 * S * wideRow);
      }
      for (let t0 = 0; t0 < T; t0 += STRIP) {
        const end = min(t0 + STRIP, T);
        const columns = roundUp(end, BLOCK);
        const at = head + t0 * qRow;
        const p = scores + t0 * scoreRow;
        const dS = gradients + t0 * scoreRow;
        multiplyStrip(q + at, qRow, 4, keysT, scoreRow, D, p, scoreRow, columns, false);
        multiplyStrip(dOut + at, qRow, 4, valuesT, scoreRow, D, dS, scoreRow, columns, false);
        for (let i = 0; i < end - t0; i++) {
          const row = at + i * qRow;
          const rowStats = stats + (((b * H + h) * T + t0 + i) << 3);
          const delta = dot(dOut + row, out + row, D);
          backwardRow(p + i * scoreRow, dS + i * scoreRow, t0 + i, scale, rowStats, delta);
        }
        multiplyStrip(dS, scoreRow, 4, k + kv, kRow, end, dQueries, wideRow, wide, false);
        for (let i = 0; i < end - t0; i++) {
          storeRow(dQueries + i * wideRow, 1, dq + at + i * qRow, D);
        }
      }
      for (let s0 = 0; s0 < T; s0 += STRIP) {
        // Only queries at or after s0 attend to it.
        const from = s0 * scoreRow + ((<usize>s0) << 2);
        const at = head + s0 * qRow;
        const to = s0 * wideRow;
        const depth = T - s0;
        multiplyStrip(scores + from, 4, scoreRow, dOut + at, qRow, depth, dValues + to, wideRow, wide, true);
        multiplyStrip(gradients + from, 4, scoreRow, q + at, qRow, depth, dKeys + to, wideRow, wide, true);
      }
      if (h % group === group - 1) {
        for (let t = 0; t < T; t++) {
          storeRow(dKeys + t * wideRow, 1, dk + kv + t * kRow, D);
          storeRow(dValues + t * wideRow, 1, dv + kv + t * kRow, D);
        }
      }
    }
  }
}
