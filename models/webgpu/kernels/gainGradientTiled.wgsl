// gainGradient.wgsl for devices with fast barriers: 16 invocations take turns at a share's rows for
// each vec4 of the gain, and their sums are added up in a fixed order (in the memory of tile.wgsl).

@compute @workgroup_size(16, 16)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) index: u32,
) {
  let column = 16 * group.x + local.x;
  if (column < sizes.width) { aTile[index] = sumOf(column, group.z, local.y, 16); }
  workgroupBarrier();
  if (column >= sizes.width || local.y > 0) { return; }
  var sum = aTile[local.x];
  for (var i = 1u; i < 16; i++) { sum += aTile[16 * i + local.x]; }
  put(column, group.z, sum);
}
