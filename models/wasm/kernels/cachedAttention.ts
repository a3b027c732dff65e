/**
 * Attention of one new token against a cache in two parts (AssemblyScript): the columns of a
 * prompt, which several rows may share, and the row's own columns after them. Scores stand in one
 * row and are summed in the order of the columns, so where the cut lies changes no bit.
 */
import { dot, softmaxRow, storeRow } from './rows';

/** Scratch: a row of scores for `columns` columns padded to a vector, its maximum and its sum. */
export function attentionScratchBytes(columns: i32): i32 {
  return 4 * (((columns + 3) & ~3) + 2);
}

/** The lane sums of four vectors as one, each added in the order of `sum4`. */
@inline
function sumEach(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab01 = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
  const ab23 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const cd01 = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  const cd23 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  const low = f32x4.add(
    v128.shuffle<f32>(ab01, cd01, 0, 1, 4, 5),
    v128.shuffle<f32>(ab01, cd01, 2, 3, 6, 7),
  );
  const high = f32x4.add(
    v128.shuffle<f32>(ab23, cd23, 0, 1, 4, 5),
    v128.shuffle<f32>(ab23, cd23, 2, 3, 6, 7),
  );
  return f32x4.add(low, high);
}

/**
 * scores[s] = query·keys[s] for s < count, keys [count, D]: four at a time where D
 * is whole vectors, to the same bits as one by one. Returns the end of the scores.
 */
function scoreKeys(query: usize, keys: usize, count: i32, scores: usize, D: i32): usize {
  const end = scores + ((<usize>count) << 2);
  const row = (<usize>D) << 2;
  for (; !(D & 3) && scores + 16 <= end; scores += 16) {
    const k1 = keys + row;
    const k2 = k1 + row;
    const k3 = k2 + row;
    let s0 = f32x4.splat(0);
    let s1 = f32x4.splat(0);
    let s2 = f32x4.splat(0);
    let s3 = f32x4.splat(0);
    for (let d: usize = 0; d < row; d += 16) {
      const q = v128.load(query + d);
      s0 = f32x4.add(s0, f32x4.mul(q, v128.load(keys + d)));
      s1 = f32x4.add(s1, f32x4.mul(q, v128.load(k1 + d)));
      s2 = f32x4.add(s2, f32x4.mul(q, v128.load(k2 + d)));
      s3 = f32x4.add(s3, f32x4.mul(q, v128.load(k3 + d)));
    }
    v128.store(scores, sumEach(s0, s1, s2, s3));
    keys = k3 + row;
  }
  for (; scores < end; scores += 4) {
    store<f32>(scores, dot(query, keys, D));
    keys += row;
  }
  return end;
}

/** sums [D] += Σ_s weights[s]·values[s] for s < count, in the order of s. */
function addValues(weights: usize, count: i32, values: usize, sums: usize, D: i32): void {
  const row = (<usize>D) << 2;
  const stop = weights + ((<usize>count) << 2);
  let d: usize = 0;
  for (; d + 32 <= row; d += 32) {
    let s0 = v128.load(sums + d);
    let s1 = v128.load(sums + d, 16);
    let from = values + d;
    for (let w = weights; w < stop; w += 4) {
      const weight = v128.load_splat<f32>(w);
      s0 = f32x4.add(s0, f32x4.mul(weight, v128.load(from)));
      s1 = f32x4.add(s1, f32x4.mul(weight, v128.load(from, 16)));
      from += row;
    }
    v128.store(sums + d, s0);
    v128.store(sums + d, s1, 16);
  }
  for (; d < row; d += 4) {
    let sum = load<f32>(sums + d);
    let from = values + d;
    for (let w = weights; w < stop; w += 4) {
      sum += load<f32>(w) * load<f32>(from);
      from += row;
    }
    store<f32>(sums + d, sum);
  }
}

/** One head: query [D] -> to [D], over keys and values [sharedCount, D] and then [ownCount, D]. */
export function attendHead(
  query: usize,
  shared: usize,
  sharedValues: usize,
  sharedCount: i32,
  own: usize,
  ownValues: usize,
  ownCount: i32,
  scratch: usize,
  to: usize,
  D: i32,
): void {
  const stats = scratch;
  const scores = scratch + 8;
  const next = scoreKeys(query, shared, sharedCount, scores, D);
  scoreKeys(query, own, ownCount, next, D);
  const scale: f32 = <f32>1 / sqrt<f32>(<f32>D);
  const inverse = softmaxRow(scores, sharedCount + ownCount - 1, scale, stats);
  memory.fill(to, 0, (<usize>D) << 2);
  addValues(scores, sharedCount, sharedValues, to, D);
  addValues(next, ownCount, ownValues, to, D);
  storeRow(to, inverse, to, D);
}
