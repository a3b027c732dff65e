// linearWeight.wgsl over tiles in workgroup memory (tile.wgsl): for devices with fast barriers. The
// depth is the rows of one share, in their order.

@compute @workgroup_size(16, 16)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) index: u32,
) {
  let begin = min(group.z * sizes.share, sizes.rows);
  let end = min(begin + sizes.share, sizes.rows);
  let output = min(16 * group.y + index % 16, sizes.outputs - 1);
  let input = min(16 * group.x + index % 16, sizes.inputs - 1);
  var c = array<vec4f, 4>();
  for (var first = begin; first < end; first += DEPTH) {
    let row = first + index / 16;
    var d = vec4f();
    var v = vec4f();
    if (row < end) {
      d = dy[row * sizes.outputs + output];
      v = x[row * sizes.inputs + input];
    }
    aTile[index] = d;
    bTile[index] = v;
    workgroupBarrier();
    addPiece(&c, local);
    workgroupBarrier();
  }
  let to = 16 * group.x + local.x;
  if (to >= sizes.inputs) { return; }
  for (var i = 0u; i < 4; i++) {
    put(4 * (16 * group.y + local.y) + i, to, group.z, c[i]);
  }
}
