/**
 * From one row of logits to a token (AssemblyScript), as ../../rollout.ts defines it: the first
 * of the likeliest, or the inverse of the cumulative distribution at a uniform in [0, 1 − 2⁻²³];
 * with it the token's log-probability and the entropy, both under logits ÷ temperature. The
 * exponentials are left unnormalised, since u times their last cumulative sum serves as well.
 */
import { BLOCK, roundUp } from './gemm';
import { exp4, log, max4, sum4 } from './exp';

/** Takes the padding out of every sum: e to it is 0, and 0 times it is 0. */
const ABSENT: f32 = -1e30;

/** The first of the largest of V values. */
function firstLargest(values: usize, V: i32): i32 {
  let best = 0;
  let largest = load<f32>(values);
  for (let j = 1; j < V; j++) {
    const value = load<f32>(values + (j << 2));
    if (value > largest) {
      largest = value;
      best = j;
    }
  }
  return best;
}

/** How many cumulative sums of V weights are at most u times the last one. */
function inverseCdf(weights: usize, V: i32, u: f32): i32 {
  const end = weights + ((<usize>V) << 2);
  let total: f32 = 0;
  for (let w = weights; w < end; w += 4) total += load<f32>(w);
  const threshold = u * total;
  let sum: f32 = 0;
  let token = 0;
  for (let w = weights; w < end; w += 4) {
    sum += load<f32>(w);
    if (!(sum <= threshold)) break;
    token++;
  }
  return token;
}

/** Where a token's log-probability and entropy go, one after the other, in bytes. */
export const ENTROPY_AFTER_LOGP: usize = 4;

/**
 * logits [V], padded to whole blocks and overwritten; `weights` is scratch as wide. Writes
 * log-probability and entropy to `record` and returns the token.
 */
export function pickToken(
  logits: usize,
  weights: usize,
  V: i32,
  temperature: f32,
  greedy: bool,
  u: f32,
  record: usize,
): i32 {
  const wide = roundUp(V, BLOCK);
  const end = (<usize>wide) << 2;
  let token = greedy ? firstLargest(logits, V) : 0;
  for (let j = V; j < wide; j++) store<f32>(logits + (j << 2), ABSENT);
  let highest = f32x4.splat(ABSENT);
  const divisor = f32x4.splat(temperature);
  for (let i: usize = 0; i < end; i += 16) {
    const x = f32x4.div(v128.load(logits + i), divisor);
    highest = f32x4.max(highest, x);
    v128.store(logits + i, x);
  }
  const maximum = f32x4.splat(max4(highest));
  let sums = f32x4.splat(0);
  let products = f32x4.splat(0);
  for (let i: usize = 0; i < end; i += 16) {
    const x = f32x4.sub(v128.load(logits + i), maximum);
    const e = exp4(x);
    v128.store(logits + i, x);
    v128.store(weights + i, e);
    sums = f32x4.add(sums, e);
    products = f32x4.add(products, f32x4.mul(e, x));
  }
  if (!greedy) token = inverseCdf(weights, V, u);
  const sum = sum4(sums);
  const logSum = log(sum);
  // With x = logit − maximum: log p = x − log Σe^x, and −Σ p·log p = log Σe^x − Σ e^x·x / Σe^x.
  store<f32>(record, load<f32>(logits + (token << 2)) - logSum);
  store<f32>(record + ENTROPY_AFTER_LOGP, logSum - sum4(products) / sum);
  return token;
}
