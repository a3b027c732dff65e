// linearInput.wgsl over tiles in workgroup memory (tile.wgsl): for devices with fast barriers.

// Invocations 0 … 63 bring 4 by 4 blocks of dy; all of them a vec4 of the weights.
fn loadPiece(index: u32, firstRow: u32, firstColumn: u32, piece: u32) {
  let depth = sizes.depth;
  if (index < 64) {
    let quad = index / 4;
    let k = index % 4;
    let at = piece * 4 + k;
    var values = mat4x4f();
    if (at < depth) {
      let first = min(firstRow + 4 * quad, sizes.rows - 1) * depth + at;
      values = across(dy[first], dy[first + depth], dy[first + 2 * depth], dy[first + 3 * depth]);
    }
    for (var i = 0u; i < 4; i++) { aTile[(4 * k + i) * 16 + quad] = values[i]; }
  }
  let row = min(piece * DEPTH + index / 16, 4 * depth - 1);
  let column = min(firstColumn + index % 16, sizes.columns - 1);
  bTile[index] = theta[sizes.weight + row * sizes.columns + column];
}
