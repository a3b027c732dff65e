// Squares of a flat vector, added up by `lanes` invocations, each in order: the first half of a
// global norm.
struct Sizes {
  size: u32, // of the vector / 4
  lanes: u32,
}
@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> values: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> sums: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= sizes.lanes) { return; }
  var sum = 0f;
  for (var i = id.x; i < sizes.size; i += sizes.lanes) { sum += dot(values[i], values[i]); }
  sums[id.x] = sum;
}
