/**
 * What the training pass does between its matrix products (AssemblyScript), forward and backward:
 * RMSNorm, rotary embedding and the SwiGLU gate. The formulas and their sources are those of
 * models/ops. Rows are whole vectors, their widths multiples of eight; pointers are in bytes.
 */
import { exp4, sum4 } from './exp';
import { dot } from './rows';

/** x [N, d] -> h = x · inverse · gain, with inverse [N] = 1 / sqrt(mean(x²) + ε). */
export function normaliseRows(
  x: usize,
  gain: usize,
  epsilon: f32,
  inverse: usize,
  h: usize,
  N: i32,
  d: i32,
): void {
  for (let n = 0; n < N; n++) {
    const row = (<usize>n * d) << 2;
    const meanSquare = dot(x + row, x + row, d) / <f32>d;
    store<f32>(inverse + ((<usize>n) << 2), <f32>1 / sqrt<f32>(meanSquare + epsilon));
  }
  scaleRows(x, gain, inverse, h, N, d);
}

/** h = x · inverse · gain for known `inverse` [N]. */
export function scaleRows(
  x: usize,
  gain: usize,
  inverse: usize,
  h: usize,
  N: i32,
  d: i32,
): void {
  const end = (<usize>d) << 2;
  for (let n = 0; n < N; n++) {
    const s = v128.load_splat<f32>(inverse);
    for (let i: usize = 0; i < end; i += 16) {
      v128.store(h + i, f32x4.mul(f32x4.mul(v128.load(x + i), s), v128.load(gain + i)));
    }
    inverse += 4;
    x += end;
    h += end;
  }
}

/** Given dh: dx += inverse · (g − n · mean(g·n)), dGain += Σ dh·n; n = x · inverse, g = dh·gain. */
export function normaliseRowsBackward(
  x: usize,
  gain: usize,
  inverse: usize,
  dh: usize,
  dx: usize,
  dGain: usize,
  N: i32,
  d: i32,
): void {
  const end = (<usize>d) << 2;
  for (let n = 0; n < N; n++) {
    const scale = load<f32>(inverse);
    const s = f32x4.splat(scale);
    let along = f32x4.splat(0);
    for (let i: usize = 0; i < end; i += 16) {
      const normal = f32x4.mul(v128.load(x + i), s);
      const slope = v128.load(dh + i);
      along = f32x4.add(along, f32x4.mul(f32x4.mul(slope, v128.load(gain + i)), normal));
      v128.store(dGain + i, f32x4.add(v128.load(dGain + i), f32x4.mul(slope, normal)));
    }
    const mean = f32x4.splat(sum4(along) / <f32>d);
    for (let i: usize = 0; i < end; i += 16) {
      const normal = f32x4.mul(v128.load(x + i), s);
      const g = f32x4.mul(v128.load(dh + i), v128.load(gain + i));
      const change = f32x4.mul(s, f32x4.sub(g, f32x4.mul(normal, mean)));
      v128.store(dx + i, f32x4.add(v128.load(dx + i), change));
    }
    inverse += 4;
    x += end;
    dh += end;
    dx += end;
  }
}

/**
 * Rotates x [B, T, heads, D] in place by the angles of its positions, or back by them: dimension
 * i pairs with i + D/2; cos and sin are tables [positions, D], halves repeated.
 */
export function rotateRows(
  x: usize,
  cos: usize,
  sin: usize,
  B: i32,
  T: i32,
  heads: i32,
  D: i32,
  back: bool,
): void {
  const half = (<usize>D) << 1;
  const sign: f32 = back ? -1 : 1;
  const signs = f32x4.splat(sign);
  for (let b = 0; b < B; b++) {
    for (let t = 0; t < T; t++) {
      const c = cos + ((<usize>t * D) << 2);
      const s = sin + ((<usize>t * D) << 2);
      for (let h = 0; h < heads; h++) {
        const y = x + half;
        let i: usize = 0;
        for (; i + 16 <= half; i += 16) {
          const low = v128.load(x + i);
          const high = v128.load(y + i);
          const angleCos = v128.load(c + i);
          const angleSin = f32x4.mul(v128.load(s + i), signs);
          v128.store(x + i, f32x4.sub(f32x4.mul(low, angleCos), f32x4.mul(high, angleSin)));
          v128.store(y + i, f32x4.add(f32x4.mul(high, angleCos), f32x4.mul(low, angleSin)));
        }
        for (; i < half; i += 4) {
          const low = load<f32>(x + i);
          const high = load<f32>(y + i);
          const angleCos = load<f32>(c + i);
          const angleSin = load<f32>(s + i) * sign;
          store<f32>(x + i, low * angleCos - high * angleSin);
          store<f32>(y + i, high * angleCos + low * angleSin);
        }
        x = y + half;
      }
    }
  }
}

/** 1 / (1 + e^−x), from e^−|x|, which cannot overflow. */
@inline
function sigmoid(x: v128): v128 {
  const e = exp4(f32x4.neg(f32x4.abs(x)));
  const one = f32x4.splat(1);
  const positive = f32x4.ge(x, f32x4.splat(0));
  return f32x4.div(v128.bitselect(one, e, positive), f32x4.add(one, e));
}

/** silu(gate) · up, `count` numbers of each. */
export function gateRows(gate: usize, up: usize, to: usize, count: usize): void {
  for (let i: usize = 0; i < count << 2; i += 16) {
    const g = v128.load(gate + i);
    v128.store(to + i, f32x4.mul(f32x4.mul(g, sigmoid(g)), v128.load(up + i)));
  }
}

/** Gradients of `gateRows` for the gradient dy of its result, which is computed again into `to`. */
export function gateRowsBackward(
  gate: usize,
  up: usize,
  dy: usize,
  to: usize,
  dGate: usize,
  dUp: usize,
  count: usize,
): void {
  for (let i: usize = 0; i < count << 2; i += 16) {
    const g = v128.load(gate + i);
    const u = v128.load(up + i);
    const change = v128.load(dy + i);
    const s = sigmoid(g);
    const silu = f32x4.mul(g, s);
    const slope = f32x4.add(s, f32x4.mul(silu, f32x4.sub(f32x4.splat(1), s)));
    v128.store(to + i, f32x4.mul(silu, u));
    v128.store(dGate + i, f32x4.mul(f32x4.mul(change, u), slope));
    v128.store(dUp + i, f32x4.mul(change, silu));
  }
}
