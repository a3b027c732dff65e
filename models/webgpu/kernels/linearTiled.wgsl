// linear.wgsl over tiles in workgroup memory (tile.wgsl): for devices with fast barriers.

// Invocations 0 … 63 bring the piece of x, 64 … 127 that of the weights, a 4 by 4 block each.
fn loadPiece(index: u32, firstRow: u32, firstColumn: u32, piece: u32) {
  let block = index % 64;
  let quad = block / 4; // of the 16 quads of rows
  let k = block % 4; // of the 4 quads of depth
  let at = piece * 4 + k;
  if (index >= 128) { return; }
  var values = mat4x4f();
  if (at < sizes.depth) {
    if (index < 64) {
      let first = min(firstRow + 4 * quad, sizes.rows - 1) * sizes.depth + at;
      values = across(x[first], x[first + sizes.depth], x[first + 2 * sizes.depth], x[first + 3 * sizes.depth]);
    } else {
      let first = sizes.weight + 4 * min(firstColumn + quad, sizes.columns - 1) * sizes.depth + at;
      values = across(theta[first], theta[first + sizes.depth], theta[first + 2 * sizes.depth], theta[first + 3 * sizes.depth]);
    }
  }
  for (var i = 0u; i < 4; i++) {
    let to = (4 * k + i) * 16 + quad;
    if (index < 64) { aTile[to] = values[i]; } else { bTile[to] = values[i]; }
  }
}
