// The square root of the sum of squareSums.wgsl's lanes, in their order; one invocation.
struct Sizes {
  lanes: u32,
}
@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> sums: array<f32>;
@group(0) @binding(2) var<storage, read_write> norm: array<f32>;

@compute @workgroup_size(1)
fn main() {
  var total = 0f;
  for (var i = 0u; i < sizes.lanes; i++) { total += sums[i]; }
  norm[0] = sqrt(total);
}
