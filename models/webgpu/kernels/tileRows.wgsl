// One tile of C = A · B, for the products whose `loadPiece` brings a piece of both operands and
// whose `put` takes a row of a column: linearTiled.wgsl and linearInputTiled.wgsl.
@compute @workgroup_size(16, 16)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) index: u32,
) {
  let firstRow = 64 * group.y;
  let firstColumn = 16 * group.x;
  var c = array<vec4f, 4>();
  let pieces = (sizes.depth + 3) / 4;
  for (var piece = 0u; piece < pieces; piece++) {
    loadPiece(index, firstRow, firstColumn, piece);
    workgroupBarrier();
    addPiece(&c, local);
    workgroupBarrier();
  }
  let column = firstColumn + local.x;
  if (column >= sizes.columns) { return; }
  for (var i = 0u; i < 4; i++) {
    let row = firstRow + 4 * local.y + i;
    if (row >= sizes.rows) { return; }
    put(row, column, c[i]);
  }
}
