// linearWeight.wgsl, each invocation with 4 outputs by 4 inputs of one share in registers.
@compute @workgroup_size(8, 8, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= sizes.inputs || id.y >= sizes.outputs) { return; }
  let begin = min(id.z * sizes.share, sizes.rows);
  let end = min(begin + sizes.share, sizes.rows);
  var w0 = vec4f();
  var w1 = vec4f();
  var w2 = vec4f();
  var w3 = vec4f();
  for (var row = begin; row < end; row++) {
    let d = dy[row * sizes.outputs + id.y];
    let v = x[row * sizes.inputs + id.x];
    w0 += d.x * v;
    w1 += d.y * v;
    w2 += d.z * v;
    w3 += d.w * v;
  }
  put(4 * id.y, id.x, id.z, w0);
  put(4 * id.y + 1, id.x, id.z, w1);
  put(4 * id.y + 2, id.x, id.z, w2);
  put(4 * id.y + 3, id.x, id.z, w3);
}
