/**
 * The one matrix product behind the kernels (AssemblyScript): four rows of C at a time, eight
 * columns in registers, the left operand splatted and the right one read as vectors. Strides are
 * bytes, so either operand may be a slice of a larger tensor or, for A, a transpose. There are no
 * tails: rows come in fours and columns in eights. What is read past an operand's end lands only
 * in parts of C that the caller throws away, so the caller must leave room, not zeros.
 */

/** Rows of C per strip. */
export const STRIP: i32 = 4;

/** Columns of C come in this many. */
export const BLOCK: i32 = 8;

@inline
export function roundUp(x: i32, multiple: i32): i32 {
  return ((x + multiple - 1) / multiple) * multiple;
}

/**
 * C[i, j] = (add ? C[i, j] : 0) + Σ_k A[i, k]·B[k, j] for i < 4, j < `columns` (a multiple of 8),
 * summed in the order of k. A[i, k] lies at a + i·aRow + k·aStep, B[k, j] at b + k·bRow + 4j,
 * C[i, j] at c + i·cRow + 4j.
 */
@inline
export function multiplyStrip(
  a: usize,
  aRow: usize,
  aStep: usize,
  b: usize,
  bRow: usize,
  depth: i32,
  c: usize,
  cRow: usize,
  columns: i32,
  add: bool,
): void {
  for (let j: usize = 0; j < (<usize>columns) << 2; j += BLOCK << 2) {
    const c0 = c + j;
    const c1 = c0 + cRow;
    const c2 = c1 + cRow;
    const c3 = c2 + cRow;
    let s0 = add ? v128.load(c0) : f32x4.splat(0);
    let s1 = add ? v128.load(c1) : f32x4.splat(0);
    let s2 = add ? v128.load(c2) : f32x4.splat(0);
    let s3 = add ? v128.load(c3) : f32x4.splat(0);
    let t0 = add ? v128.load(c0, 16) : f32x4.splat(0);
    let t1 = add ? v128.load(c1, 16) : f32x4.splat(0);
    let t2 = add ? v128.load(c2, 16) : f32x4.splat(0);
    let t3 = add ? v128.load(c3, 16) : f32x4.splat(0);
    let a0 = a;
    let a1 = a + aRow;
    let a2 = a1 + aRow;
    let a3 = a2 + aRow;
    let from = b + j;
    for (let k = 0; k < depth; k++) {
      const left = v128.load(from);
      const right = v128.load(from, 16);
      let x = v128.load_splat<f32>(a0);
      s0 = f32x4.add(s0, f32x4.mul(x, left));
      t0 = f32x4.add(t0, f32x4.mul(x, right));
      x = v128.load_splat<f32>(a1);
      s1 = f32x4.add(s1, f32x4.mul(x, left));
      t1 = f32x4.add(t1, f32x4.mul(x, right));
      x = v128.load_splat<f32>(a2);
      s2 = f32x4.add(s2, f32x4.mul(x, left));
      t2 = f32x4.add(t2, f32x4.mul(x, right));
      x = v128.load_splat<f32>(a3);
      s3 = f32x4.add(s3, f32x4.mul(x, left));
      t3 = f32x4.add(t3, f32x4.mul(x, right));
      a0 += aStep;
      a1 += aStep;
      a2 += aStep;
      a3 += aStep;
      from += bRow;
    }
    v128.store(c0, s0);
    v128.store(c1, s1);
    v128.store(c2, s2);
    v128.store(c3, s3);
    v128.store(c0, t0, 16);
    v128.store(c1, t1, 16);
    v128.store(c2, t2, 16);
    v128.store(c3, t3, 16);
  }
}
