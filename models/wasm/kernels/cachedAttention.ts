/**
 * Attention of one new token against a cache in two parts (AssemblyScript): the columns of a
 * prompt, which several rows may share, and the row's own columns after them. Scores stand in one
 * row and are summed in the order of the columns, so where the cut lies changes no bit.
 */
import { dot, softmaxRow } from './rows';

/** Scratch: a row of scores for `columns` columns padded to a vector, its maximum and its sum. */
export function attentionScratchBytes(columns: i32): i32 {
  return 4 * (((columns + 3) & ~3) + 2);
}

/** scores[s] = query·keys[s] for s < count, rows of keys `row` bytes apart; returns the end. */
@inline
function scoreKeys(query: usize, keys: usize, row: usize, count: i32, scores: usize, D: i32): usize {
  const end = scores + ((<usize>count) << 2);
  for (; scores < end; scores += 4) {
    store<f32>(scores, dot(query, keys, D));
    keys += row;
  }
  return end;
}

/** to [D] = scale · Σ_s weights[s]·values[s], over the values of both parts. */
function mixValues(
  weights: usize,
  shared: usize,
  sharedCount: i32,
  own: usize,
  ownCount: i32,
  row: usize,
  scale: f32,
  to: usize,
  D: i32,
): void {
  const end = (<usize>D) << 2;
  const cut = weights + ((<usize>sharedCount) << 2);
  const stop = cut + ((<usize>ownCount) << 2);
  let d: usize = 0;
  for (; d + 16 <= end; d += 16) {
    let sums = f32x4.splat(0);
    let from = shared + d;
    let w = weights;
    for (; w < cut; w += 4) {
      sums = f32x4.add(sums, f32x4.mul(v128.load_splat<f32>(w), v128.load(from)));
      from += row;
    }
    from = own + d;
    for (; w < stop; w += 4) {
      sums = f32x4.add(sums, f32x4.mul(v128.load_splat<f32>(w), v128.load(from)));
      from += row;
    }
    v128.store(to + d, f32x4.mul(sums, f32x4.splat(scale)));
  }
  for (; d < end; d += 4) {
    let sum: f32 = 0;
    let from = shared + d;
    let w = weights;
    for (; w < cut; w += 4) {
      sum += load<f32>(w) * load<f32>(from);
      from += row;
    }
    from = own + d;
    for (; w < stop; w += 4) {
      sum += load<f32>(w) * load<f32>(from);
      from += row;
    }
    store<f32>(to + d, sum * scale);
  }
}

/**
 * One head: query [D] -> to [D]. Keys lie `row` bytes apart, values at the same distances from
 * the keys in each part.
 */
export function attendHead(
  query: usize,
  shared: usize,
  sharedValues: usize,
  sharedCount: i32,
  own: usize,
  ownValues: usize,
  ownCount: i32,
  row: usize,
  scratch: usize,
  to: usize,
  D: i32,
): void {
  const stats = scratch;
  const scores = scratch + 8;
  const next = scoreKeys(query, shared, row, sharedCount, scores, D);
  scoreKeys(query, own, row, ownCount, next, D);
  const scale: f32 = <f32>1 / sqrt<f32>(<f32>D);
  const inverse = softmaxRow(scores, sharedCount + ownCount - 1, scale, stats);
  mixValues(scores, sharedValues, sharedCount, ownValues, ownCount, row, inverse, to, D);
}
