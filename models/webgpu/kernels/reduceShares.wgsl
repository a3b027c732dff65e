// The flat gradient from its shares, added up in their order, and zeros up to its padded size; one
// vec4 an invocation.
struct Sizes {
  size: u32, // of the padded gradient / 4
  stride: u32, // of a share's gradient / 4
  shares: u32,
  row: u32, // invocations in a row of the dispatch
}
@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> partial: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> gradient: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = id.y * sizes.row + id.x;
  if (at >= sizes.size) { return; }
  var sum = vec4f();
  if (at < sizes.stride) {
    for (var share = 0u; share < sizes.shares; share++) {
      sum += partial[share * sizes.stride + at];
    }
  }
  gradient[at] = sum;
}
