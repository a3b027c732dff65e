// gateUp.wgsl over tiles in workgroup memory (tile.wgsl), of 64 rows by 64 columns of both gate
// and up: for devices with fast barriers.
var<workgroup> upTile: array<vec4f, 256>;

// Invocations 0 … 63 bring x, 64 … 127 the gate's weights, 128 … 191 those of up.
fn loadPiece(index: u32, firstRow: u32, firstColumn: u32, piece: u32) {
  let part = index / 64;
  let block = index % 64;
  let quad = block / 4;
  let k = block % 4;
  let at = piece * 4 + k;
  let depth = sizes.depth;
  if (part > 2) { return; }
  var values = mat4x4f();
  if (at < depth) {
    if (part == 0) {
      let first = min(firstRow + 4 * quad, sizes.rows - 1) * depth + at;
      values = across(x[first], x[first + depth], x[first + 2 * depth], x[first + 3 * depth]);
    } else {
      let column = min(firstColumn + quad, sizes.columns - 1) + (part - 1) * sizes.columns;
      let first = sizes.weight + 4 * column * depth + at;
      values = across(theta[first], theta[first + depth], theta[first + 2 * depth], theta[first + 3 * depth]);
    }
  }
  for (var i = 0u; i < 4; i++) {
    let to = (4 * k + i) * 16 + quad;
    if (part == 0) { aTile[to] = values[i]; }
    if (part == 1) { bTile[to] = values[i]; }
    if (part == 2) { upTile[to] = values[i]; }
  }
}

@compute @workgroup_size(16, 16)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) index: u32,
) {
  let firstRow = 64 * group.y;
  let firstColumn = 16 * group.x;
  var gate = array<vec4f, 4>();
  var up = array<vec4f, 4>();
  let pieces = (sizes.depth + 3) / 4;
  for (var piece = 0u; piece < pieces; piece++) {
    loadPiece(index, firstRow, firstColumn, piece);
    workgroupBarrier();
    addPiece(&gate, local);
    for (var k = 0u; k < DEPTH; k++) {
      let rows = aTile[k * 16 + local.y];
      let w = upTile[k * 16 + local.x];
      for (var i = 0u; i < 4; i++) { up[i] += rows[i] * w; }
    }
    workgroupBarrier();
  }
  let column = firstColumn + local.x;
  if (column >= sizes.columns) { return; }
  for (var i = 0u; i < 4; i++) {
    let row = firstRow + 4 * local.y + i;
    if (row >= sizes.rows) { return; }
    put(row, column, gate[i], up[i]);
  }
}
