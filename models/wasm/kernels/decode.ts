/**
 * Attention of one new token per row against a cache (AssemblyScript): row b sees the cache's
 * columns 0 … positions[b]. One query is too few for matrix products, so this is dot products
 * for the scores and a weighted sum of value rows.
 */
import { dot, softmaxRow } from './rows';

/** Scratch: a row of C scores padded to a vector, and the row's maximum and sum. */
export function decodeScratchBytes(C: i32): i32 {
  return 4 * (((C + 3) & ~3) + 2);
}

/** to[d] = scale · Σ_s weights[s]·values[s, d] for s < count, rows of values `row` bytes apart. */
function mixRows(
  weights: usize,
  count: i32,
  scale: f32,
  values: usize,
  row: usize,
  to: usize,
  D: i32,
): void {
  const end = (<usize>D) << 2;
  const stop = weights + ((<usize>count) << 2);
  let d: usize = 0;
  for (; d + 16 <= end; d += 16) {
    let sums = f32x4.splat(0);
    let from = values + d;
    for (let w = weights; w < stop; w += 4) {
      sums = f32x4.add(sums, f32x4.mul(v128.load_splat<f32>(w), v128.load(from)));
      from += row;
    }
    v128.store(to + d, f32x4.mul(sums, f32x4.splat(scale)));
  }
  for (; d < end; d += 4) {
    let sum: f32 = 0;
    let from = values + d;
    for (let w = weights; w < stop; w += 4) {
      sum += load<f32>(w) * load<f32>(from);
      from += row;
    }
    store<f32>(to + d, sum * scale);
  }
}

/** q, out [B,1,H,D]; k, v [B,C,K,D]; positions [B] int32, each in [0, C). */
export function decode(
  q: usize,
  k: usize,
  v: usize,
  positions: usize,
  out: usize,
  scratch: usize,
  B: i32,
  C: i32,
  H: i32,
  K: i32,
  D: i32,
): void {
  const scale: f32 = <f32>1 / sqrt<f32>(<f32>D);
  const row: usize = (K * D) << 2;
  const stats = scratch;
  const scores = scratch + 8;
  for (let b = 0; b < B; b++) {
    const last = load<i32>(positions + (b << 2));
    for (let h = 0; h < H; h++) {
      const query: usize = ((b * H + h) * D) << 2;
      const kv: usize = ((b * C * K + h / (H / K)) * D) << 2;
      let key = k + kv;
      for (let s = 0; s <= last; s++) {
        store<f32>(scores + (s << 2), dot(q + query, key, D));
        key += row;
      }
      const inverse = softmaxRow(scores, last, scale, stats);
      mixRows(scores, last + 1, inverse, v + kv, row, out + query, D);
    }
  }
}
