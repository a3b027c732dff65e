// What the matrix products with weights share: linear.wgsl, linearInput.wgsl and gateUp.wgsl. Put
// before the text of each.
struct Sizes {
  rows: u32,
  depth: u32, // / 4
  columns: u32, // / 4
  weight: u32, // offset in theta / 4
}
@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> theta: array<vec4f>;
