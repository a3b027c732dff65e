/**
 * What the attention kernels do to one row (AssemblyScript): dot products, copies, softmax and its
 * gradient. Rows are contiguous floats, pointers are bytes. Rows of scores are padded to whole
 * vectors, because the softmax works in place on vectors; the others are touched exactly.
 */
import { exp4, lanesUpTo, max4, sum4 } from './exp';

/** Lower than any score. */
const LOWEST: f32 = -3.4e38;

/** to[d] = scale · from[d]; exact length, as `to` lies between other heads. */
@inline
export function storeRow(from: usize, scale: f32, to: usize, D: i32): void {
  const end = (<usize>D) << 2;
  let d: usize = 0;
  for (; d + 16 <= end; d += 16) {
    v128.store(to + d, f32x4.mul(v128.load(from + d), f32x4.splat(scale)));
  }
  for (; d < end; d += 4) store<f32>(to + d, load<f32>(from + d) * scale);
}

@inline
export function dot(x: usize, y: usize, D: i32): f32 {
  const end = (<usize>D) << 2;
  let sums = f32x4.splat(0);
  let d: usize = 0;
  for (; d + 16 <= end; d += 16) {
    sums = f32x4.add(sums, f32x4.mul(v128.load(x + d), v128.load(y + d)));
  }
  let sum = sum4(sums);
  for (; d < end; d += 4) sum += load<f32>(x + d) * load<f32>(y + d);
  return sum;
}

/**
 * Scores of row t in place -> exp(scale · (score − maximum)), zero past t up to the end of the
 * vector that t lies in. Writes maximum and sum to `stats` and returns 1 / sum.
 */
@inline
export function softmaxRow(scores: usize, t: i32, scale: f32, stats: usize): f32 {
  const last = scores + ((<usize>(t & ~3)) << 2);
  const within = lanesUpTo(t & 3);
  const lastScores = v128.bitselect(v128.load(last), f32x4.splat(LOWEST), within);
  let highest = lastScores;
  for (let s = scores; s < last; s += 16) highest = f32x4.max(highest, v128.load(s));
  const maximum = max4(highest);
  const max = f32x4.splat(maximum);
  const factor = f32x4.splat(scale);
  let sums = f32x4.splat(0);
  for (let s = scores; s < last; s += 16) {
    const p = exp4(f32x4.mul(f32x4.sub(v128.load(s), max), factor));
    v128.store(s, p);
    sums = f32x4.add(sums, p);
  }
  const p = exp4(f32x4.mul(f32x4.sub(lastScores, max), factor));
  v128.store(last, p);
  const sum = sum4(f32x4.add(sums, p));
  store<f32>(stats, maximum);
  store<f32>(stats, sum, 4);
  return <f32>1 / sum;
}

/**
 * Row t of the backward pass, in place: scores -> probabilities P, and dP = dO·Vᵀ -> dS =
 * scale · P ∘ (dP − delta) with delta = dO·O (FlashAttention-2, algorithm 2, lines 11 to 14).
 */
@inline
export function backwardRow(
  scores: usize,
  gradients: usize,
  t: i32,
  scale: f32,
  stats: usize,
  delta: f32,
): void {
  const last = (<usize>(t & ~3)) << 2;
  const max = f32x4.splat(load<f32>(stats));
  const inverse = f32x4.splat(<f32>1 / load<f32>(stats, 4));
  const factor = f32x4.splat(scale);
  const shift = f32x4.splat(delta);
  for (let s: usize = 0; s <= last; s += 16) {
    const within = s < last ? i32x4.splat(-1) : lanesUpTo(t & 3);
    const x = f32x4.mul(f32x4.sub(v128.load(scores + s), max), factor);
    const p = f32x4.mul(exp4(x), inverse);
    const dS = f32x4.mul(f32x4.mul(p, f32x4.sub(v128.load(gradients + s), shift)), factor);
    v128.store(scores + s, v128.and(p, within));
    v128.store(gradients + s, v128.and(dS, within));
  }
}
