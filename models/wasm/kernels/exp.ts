/**
 * exp of four floats at once, for arguments at or below zero: the same bits on every machine,
 * because nothing here but multiplication, addition and integer shifts. Relative error at most
 * 3e-7 on [-87, 0]; exactly 0 below, -Infinity included. With it a logarithm and lane helpers.
 */

/** 1.5 · 2^23: adding it rounds to an integer and leaves that integer in the low bits. */
const ROUND: f32 = 12582912;
const LOG2_E: f32 = 1.44269504088896341;
/** ln 2 in two parts, the first short enough that n times it is exact (Cody & Waite, 1980). */
const LN2_HIGH: f32 = 0.693359375;
const LN2_LOW: f32 = -2.12194440e-4;
/** Below it `exp4` gives 0. */
export const SMALLEST: f32 = -87;

/** e^x, lane by lane, for x <= 0: x = n·ln 2 + r, e^x = 2^n · e^r, |r| <= ln(2)/2. */
@inline
export function exp4(x: v128): v128 {
  const shifted = f32x4.add(f32x4.mul(x, f32x4.splat(LOG2_E)), f32x4.splat(ROUND));
  const n = f32x4.sub(shifted, f32x4.splat(ROUND));
  let r = f32x4.sub(x, f32x4.mul(n, f32x4.splat(LN2_HIGH)));
  r = f32x4.sub(r, f32x4.mul(n, f32x4.splat(LN2_LOW)));
  // Taylor series of e^r to r^7: the first term left out is below 6e-9 of the sum.
  let y = f32x4.add(f32x4.mul(r, f32x4.splat(1.0 / 5040.0)), f32x4.splat(1.0 / 720.0));
  y = f32x4.add(f32x4.mul(r, y), f32x4.splat(1.0 / 120.0));
  y = f32x4.add(f32x4.mul(r, y), f32x4.splat(1.0 / 24.0));
  y = f32x4.add(f32x4.mul(r, y), f32x4.splat(1.0 / 6.0));
  y = f32x4.add(f32x4.mul(r, y), f32x4.splat(0.5));
  y = f32x4.add(f32x4.mul(r, y), f32x4.splat(1));
  y = f32x4.add(f32x4.mul(r, y), f32x4.splat(1));
  const scaled = i32x4.add(y, i32x4.shl(shifted, 23));
  return v128.and(scaled, f32x4.ge(x, f32x4.splat(SMALLEST)));
}

/** Upper end of the mantissas that `log` takes, √2: the lower one is half of it. */
const SQRT_2: f64 = 1.4142135623730951;
const LN2: f64 = 0.6931471805599453;

/**
 * ln x for a normal x > 0, to f32 precision: x = m·2^n with m about 1, ln m = 2·artanh(s) with
 * s = (m − 1) / (m + 1), as a series. The language's own Math.log keeps a table in memory, where
 * tensors lie.
 */
export function log(x: f32): f32 {
  const bits = reinterpret<u64>(<f64>x);
  let n = <i32>(bits >> 52) - 1023;
  let m = reinterpret<f64>((bits & 0x000fffffffffffff) | 0x3ff0000000000000);
  if (m > SQRT_2) {
    m *= 0.5;
    n++;
  }
  const s = (m - 1) / (m + 1);
  const s2 = s * s;
  // |s| <= 0.172: the first term left out, s^12 / 13, is below 6e-11 of the sum.
  let y = 1.0 / 9.0 + s2 * (1.0 / 11.0);
  y = 1.0 / 7.0 + s2 * y;
  y = 1.0 / 5.0 + s2 * y;
  y = 1.0 / 3.0 + s2 * y;
  y = 1.0 + s2 * y;
  return <f32>(2 * s * y + <f64>n * LN2);
}

/** The four lanes added in a fixed order. */
@inline
export function sum4(x: v128): f32 {
  const low = f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1);
  return low + (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3));
}

@inline
export function max4(x: v128): f32 {
  const low = max(f32x4.extract_lane(x, 0), f32x4.extract_lane(x, 1));
  return max(low, max(f32x4.extract_lane(x, 2), f32x4.extract_lane(x, 3)));
}

/** All ones in the lanes 0 … `lane`, zeros in the others; any lane from 3 on gives all ones. */
@inline
export function lanesUpTo(lane: i32): v128 {
  return i32x4.le_s(i32x4(0, 1, 2, 3), i32x4.splat(lane));
}
