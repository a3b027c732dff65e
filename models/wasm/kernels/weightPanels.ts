/**
 * Products of a few rows with a packed weight matrix (AssemblyScript). A matrix W [out, in] is
 * kept as panels of 8 outputs, each [in, 8] without gaps, so that a product reads it front to
 * back; outputs are padded to whole panels with zero weights. A panel is used by all rows before
 * the next is read. Each output is its own sum in the order of `in`: a row's values do not depend
 * on the rows beside it.
 */
import { BLOCK, multiplyStrip, roundUp, STRIP } from './gemm';

/** Bytes of the panels of W [out, depth]. */
@inline
export function panelBytes(out: i32, depth: i32): usize {
  return (roundUp(out, BLOCK) * depth) << 2;
}

/**
 * y[i, :] = (add ? y[i, :] : 0) + x[i, :]·Wᵀ for i < rows, rounded up to fours, and as many
 * columns as the panels of `out` outputs have.
 */
export function multiplyPanels(
  x: usize,
  xRow: usize,
  rows: i32,
  panel: usize,
  out: i32,
  depth: i32,
  y: usize,
  yRow: usize,
  add: bool,
): void {
  for (let j = 0; j < out; j += BLOCK) {
    for (let i = 0; i < rows; i += STRIP) {
      const to = y + i * yRow;
      multiplyStrip(x + i * xRow, xRow, 4, panel, BLOCK << 2, depth, to, yRow, BLOCK, add);
    }
    panel += (BLOCK * depth) << 2;
    y += BLOCK << 2;
  }
}
