/**
 * The log-probability of a target under one row of logits, the entropy of the row, and the
 * gradients of both (AssemblyScript); see models/ops/tokenLogps.ts. Rows are padded to whole
 * vectors with logits lower than any other.
 */
import { exp4, max4, SMALLEST, sum4 } from './exp';

const LOWEST: f32 = -3.4e38;

/** Sets the columns V … `width` − 1, which no token has, so low that their probability is 0. */
@inline
export function maskPadding(logits: usize, V: i32, width: i32): void {
  for (let i = V; i < width; i++) store<f32>(logits + ((<usize>i) << 2), LOWEST);
}

@inline
function highest(logits: usize, end: usize): f32 {
  let most = v128.load(logits);
  for (let i: usize = 16; i < end; i += 16) most = f32x4.max(most, v128.load(logits + i));
  return max4(most);
}

/** Logits in place -> e^((logit − maximum) / temperature); returns their sum. */
@inline
function exponentials(logits: usize, end: usize, maximum: f32, inverse: f32): f32 {
  let sums = f32x4.splat(0);
  for (let i: usize = 0; i < end; i += 16) {
    const x = f32x4.mul(f32x4.sub(v128.load(logits + i), f32x4.splat(maximum)), f32x4.splat(inverse));
    const e = exp4(x);
    v128.store(logits + i, e);
    sums = f32x4.add(sums, e);
  }
  return sum4(sums);
}

/** log softmax(logits / temperature)[target]; the row of logits is used up. */
@inline
export function logp(logits: usize, target: usize, width: i32, temperature: f32): f32 {
  const end: usize = (<usize>width) << 2;
  const maximum = highest(logits, end);
  const inverse = <f32>1 / temperature;
  const own = (load<f32>(logits + (target << 2)) - maximum) * inverse;
  return own - <f32>Math.log(<f64>exponentials(logits, end, maximum, inverse));
}

/** Logits in place -> (oneHot − softmax) · dLogp / temperature. */
@inline
export function logpBackward(
  logits: usize,
  target: usize,
  width: i32,
  temperature: f32,
  dLogp: f32,
): void {
  const end: usize = (<usize>width) << 2;
  const inverse = <f32>1 / temperature;
  const change = dLogp * inverse;
  const sum = exponentials(logits, end, highest(logits, end), inverse);
  const factor = f32x4.splat(-change / sum);
  for (let i: usize = 0; i < end; i += 16) {
    v128.store(logits + i, f32x4.mul(v128.load(logits + i), factor));
  }
  const own = logits + (target << 2);
  store<f32>(own, load<f32>(own) + change);
}

/**
 * With x = (logit − maximum) / temperature: Σ e^x in lane 0 and Σ e^x · x in lane 1. Where e^x is 0
 * so is the product, even for a padding whose x is −Infinity.
 */
@inline
function moments(logits: usize, end: usize, maximum: f32, inverse: f32): v128 {
  let sums = f32x4.splat(0);
  let products = f32x4.splat(0);
  for (let i: usize = 0; i < end; i += 16) {
    const x = f32x4.mul(f32x4.sub(v128.load(logits + i), f32x4.splat(maximum)), f32x4.splat(inverse));
    const e = exp4(x);
    sums = f32x4.add(sums, e);
    products = f32x4.add(products, f32x4.mul(e, f32x4.max(x, f32x4.splat(SMALLEST))));
  }
  return f32x4(sum4(sums), sum4(products), 0, 0);
}

/**
 * H = −Σ p · ln p for p = softmax(logits / temperature); the row of logits stays. As ln p = x −
 * ln Σ e^x, that is ln Σ e^x − Σ e^x · x / Σ e^x.
 */
@inline
export function entropy(logits: usize, width: i32, temperature: f32): f32 {
  const end: usize = (<usize>width) << 2;
  const both = moments(logits, end, highest(logits, end), <f32>1 / temperature);
  const sum = f32x4.extract_lane(both, 0);
  return <f32>Math.log(<f64>sum) - f32x4.extract_lane(both, 1) / sum;
}

/**
 * Logits in place -> (dLogp · (oneHot − p) − dEntropy · p · (ln p + H)) / temperature, where
 * ln p + H = x − Σ p · x.
 */
@inline
export function logpEntropyBackward(
  logits: usize,
  target: usize,
  width: i32,
  temperature: f32,
  dLogp: f32,
  dEntropy: f32,
): void {
  const end: usize = (<usize>width) << 2;
  const inverse = <f32>1 / temperature;
  const maximum = highest(logits, end);
  const both = moments(logits, end, maximum, inverse);
  const sum = f32x4.extract_lane(both, 0);
  const mean = f32x4.splat(f32x4.extract_lane(both, 1) / sum);
  const factor = f32x4.splat(-inverse / sum);
  for (let i: usize = 0; i < end; i += 16) {
    const x = f32x4.mul(f32x4.sub(v128.load(logits + i), f32x4.splat(maximum)), f32x4.splat(inverse));
    const excess = f32x4.sub(f32x4.max(x, f32x4.splat(SMALLEST)), mean);
    const slope = f32x4.add(f32x4.splat(dLogp), f32x4.mul(f32x4.splat(dEntropy), excess));
    v128.store(logits + i, f32x4.mul(f32x4.mul(exp4(x), factor), slope));
  }
  const own = logits + (target << 2);
  store<f32>(own, load<f32>(own) + dLogp * inverse);
}
