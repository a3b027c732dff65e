// The gradient of linear.wgsl to its weights: dW = dyᵀ · x, dy [rows, outputs], x [rows, inputs],
// summed over the rows in order within each share of them (ordered split-K: no atomics, so equal
// inputs give equal bits); reduceShares.wgsl adds the shares up. The product itself is in
// linearWeightDirect.wgsl and linearWeightTiled.wgsl.
struct Sizes {
  rows: u32,
  outputs: u32, // / 4
  inputs: u32, // / 4
  last: u32, // outputs that there are; those after them are padding
  share: u32, // rows of a share
  target_: u32, // offset of W in the flat gradient / 4
  stride: u32, // of a share's flat gradient / 4
}
@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> dy: array<vec4f>;
@group(0) @binding(2) var<storage, read> x: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> partial: array<vec4f>;

fn put(output: u32, input: u32, share: u32, value: vec4f) {
  if (output >= sizes.last) { return; }
  partial[share * sizes.stride + sizes.target_ + output * sizes.inputs + input] = value;
}
