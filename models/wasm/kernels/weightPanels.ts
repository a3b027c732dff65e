/**
 * Matrix products of the training pass (AssemblyScript). The right operand is packed into panels
 * of eight columns, [columns / 8][depth][8], so that the inner loop reads it from end to end and a
 * panel stays in the cache; tiles of C are four rows by eight columns (Goto & van de Geijn,
 * "Anatomy of High-Performance Matrix Multiplication", 2008). Columns come in eights and rows in
 * fours; every sum runs in a fixed order. Unrolling the inner loop, or tiles of 6 x 8 and 4 x 12,
 * measured slower in V8.
 */
import { BLOCK, STRIP } from './gemm';

/** Rows of A that pass over all panels together, and the depth of one step of `addOuter`. */
export const CHUNK: i32 = 64;

/** from [depth, columns], rows `row` bytes apart -> panels of its columns. */
export function packColumns(from: usize, row: usize, depth: i32, columns: i32, to: usize): void {
  for (let j: usize = 0; j < (<usize>columns) << 2; j += BLOCK << 2) {
    let source = from + j;
    for (let k = 0; k < depth; k++) {
      v128.store(to, v128.load(source));
      v128.store(to, v128.load(source, 16), 16);
      source += row;
      to += 32;
    }
  }
}

/** from [rows, depth], without gaps -> panels of its transpose [depth, rows]. */
export function packRows(from: usize, rows: i32, depth: i32, to: usize): void {
  const row: usize = (<usize>depth) << 2;
  for (let i = 0; i < rows; i += BLOCK) {
    for (let c: usize = 0; c < 32; c += 4) {
      let target = to + c;
      for (let k: usize = 0; k < row; k += 4) {
        store<f32>(target, load<f32>(from + k));
        target += 32;
      }
      from += row;
    }
    to += row << 3;
  }
}

/** C[i, j] = (add ? C[i, j] : 0) + Σ_k A[i, k]·panel[k, j] for i < 4, j < 8; strides in bytes. */
@inline
function tile(
  a: usize,
  aRow: usize,
  aStep: usize,
  panel: usize,
  depth: i32,
  c: usize,
  cRow: usize,
  add: bool,
): void {
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  let s2 = f32x4.splat(0);
  let s3 = f32x4.splat(0);
  let t0 = f32x4.splat(0);
  let t1 = f32x4.splat(0);
  let t2 = f32x4.splat(0);
  let t3 = f32x4.splat(0);
  let a0 = a;
  let a1 = a + aRow;
  let a2 = a1 + aRow;
  let a3 = a2 + aRow;
  for (let k = depth; k > 0; k--) {
    const left = v128.load(panel);
    const right = v128.load(panel, 16);
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
    panel += 32;
  }
  storeTile(c, s0, t0, add);
  c += cRow;
  storeTile(c, s1, t1, add);
  c += cRow;
  storeTile(c, s2, t2, add);
  c += cRow;
  storeTile(c, s3, t3, add);
}

@inline
function storeTile(c: usize, left: v128, right: v128, add: bool): void {
  v128.store(c, add ? f32x4.add(v128.load(c), left) : left);
  v128.store(c, add ? f32x4.add(v128.load(c, 16), right) : right, 16);
}

/** Panels one after the other, over chunks of rows that stay in the cache meanwhile. */
@inline
function overPanels(
  a: usize,
  panels: usize,
  depth: i32,
  c: usize,
  rows: i32,
  columns: i32,
  add: bool,
): void {
  const aRow: usize = (<usize>depth) << 2;
  const cRow: usize = (<usize>columns) << 2;
  for (let from = 0; from < rows; from += CHUNK) {
    const end = min(from + CHUNK, rows);
    for (let j: usize = 0; j < cRow; j += BLOCK << 2) {
      const panel = panels + j * depth;
      for (let i: usize = from; i < <usize>end; i += STRIP) {
        tile(a + i * aRow, aRow, 4, panel, depth, c + i * cRow + j, cRow, add);
      }
    }
  }
}

/** C [rows, columns] = A [rows, depth] · panels, all without gaps. */
export function multiply(
  a: usize,
  panels: usize,
  depth: i32,
  c: usize,
  rows: i32,
  columns: i32,
): void {
  overPanels(a, panels, depth, c, rows, columns, false);
}

/** As `multiply`, added to C. */
export function multiplyAdd(
  a: usize,
  panels: usize,
  depth: i32,
  c: usize,
  rows: i32,
  columns: i32,
): void {
  overPanels(a, panels, depth, c, rows, columns, true);
}

/** Scratch of `addOuter`: one chunk of either operand in panels. */
export function outerScratchBytes(rows: i32, columns: i32): usize {
  return ((<usize>CHUNK) * (rows + columns)) << 2;
}

/**
 * C [rows, columns] += Yᵀ·X, the gradient of a weight: Y [depth, rows], X [depth, columns], all
 * without gaps. The depth goes in chunks, each added to C as a whole.
 */
export function addOuter(
  y: usize,
  x: usize,
  depth: i32,
  c: usize,
  rows: i32,
  columns: i32,
  scratch: usize,
): void {
  const yRow: usize = (<usize>rows) << 2;
  const cRow: usize = (<usize>columns) << 2;
  const yPanels = scratch;
  const xPanels = scratch + yRow * CHUNK;
  for (let from = 0; from < depth; from += CHUNK) {
    const part = min(CHUNK, depth - from);
    packColumns(y + from * yRow, yRow, part, rows, yPanels);
    packColumns(x + from * cRow, cRow, part, columns, xPanels);
    for (let i: usize = 0; i < <usize>rows; i += STRIP) {
      // Four of the eight columns of a panel.
      const strip = yPanels + (i >> 3) * (part << 5) + ((i & 4) << 2);
      const target = c + i * cRow;
      for (let j: usize = 0; j < cRow; j += BLOCK << 2) {
        tile(strip, 4, 32, xPanels + j * part, part, target + j, cRow, true);
      }
    }
  }
}
