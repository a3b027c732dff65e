/**
 * What a decoder layer does to one row besides matrix products (AssemblyScript): RMSNorm, rotary
 * positions and the SwiGLU gate. Rows are contiguous floats, pointers are bytes. Where a length
 * is called padded, the row goes on to whole vectors and its padding may be overwritten.
 */
import { exp4, sum4 } from './exp';

/**
 * to = from / sqrt(mean(from²) + ε) · weight (Zhang & Sennrich, 2019, eq. 4), d values. All three
 * are padded to `wide`; the padding of `from` and `weight` is zero, and so becomes that of `to`.
 */
export function normRow(from: usize, weight: usize, epsilon: f32, d: i32, wide: i32, to: usize): void {
  const end = (<usize>wide) << 2;
  let squares = f32x4.splat(0);
  for (let i: usize = 0; i < end; i += 16) {
    const x = v128.load(from + i);
    squares = f32x4.add(squares, f32x4.mul(x, x));
  }
  const scale = f32x4.splat(<f32>1 / sqrt<f32>(sum4(squares) / <f32>d + epsilon));
  for (let i: usize = 0; i < end; i += 16) {
    const normal = f32x4.mul(v128.load(from + i), scale);
    v128.store(to + i, f32x4.mul(normal, v128.load(weight + i)));
  }
}

/**
 * The rotation of ../../ops/rope.ts on one head of D values; `to` may be `from`. cos and sin [D]
 * are the table's row of the token's position.
 */
export function rotateHead(from: usize, cos: usize, sin: usize, D: i32, to: usize): void {
  const half = (<usize>(D >> 1)) << 2;
  let i: usize = 0;
  for (; i + 16 <= half; i += 16) {
    const low = v128.load(from + i);
    const high = v128.load(from + half + i);
    const highTurned = f32x4.mul(high, v128.load(sin + i));
    const lowTurned = f32x4.mul(low, v128.load(sin + half + i));
    v128.store(to + i, f32x4.sub(f32x4.mul(low, v128.load(cos + i)), highTurned));
    v128.store(to + half + i, f32x4.add(f32x4.mul(high, v128.load(cos + half + i)), lowTurned));
  }
  for (; i < half; i += 4) {
    const low = load<f32>(from + i);
    const high = load<f32>(from + half + i);
    store<f32>(to + i, low * load<f32>(cos + i) - high * load<f32>(sin + i));
    store<f32>(to + half + i, high * load<f32>(cos + half + i) + low * load<f32>(sin + half + i));
  }
}

/**
 * gate = silu(gate) · up (Shazeer, 2020, eq. 5), both padded to `wide`. The sigmoid is taken from
 * e^−|x|, which cannot overflow: 1 / (1 + e) for x >= 0, e / (1 + e) below.
 */
export function swigluRow(gate: usize, up: usize, wide: i32): void {
  const one = f32x4.splat(1);
  for (let i: usize = 0; i < (<usize>wide) << 2; i += 16) {
    const x = v128.load(gate + i);
    const e = exp4(f32x4.neg(f32x4.abs(x)));
    const above = v128.bitselect(one, e, f32x4.ge(x, f32x4.splat(0)));
    const sigmoid = f32x4.div(above, f32x4.add(one, e));
    v128.store(gate + i, f32x4.mul(f32x4.mul(x, sigmoid), v128.load(up + i)));
  }
}
