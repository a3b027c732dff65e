// gainGradient.wgsl, one vec4 of the gain an invocation.

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= sizes.width || id.y > 0) { return; }
  put(id.x, id.z, sumOf(id.x, id.z, 0, 1));
}
