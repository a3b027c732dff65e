// The gradient of rmsNorm.wgsl to its gain: Σ over rows of dh · x · scale, apart for each share of
// the rows; reduceShares.wgsl adds the shares up. The sum itself is in gainGradientDirect.wgsl and
// gainGradientTiled.wgsl.
struct Sizes {
  rows: u32,
  width: u32, // hidden size / 4
  share: u32, // rows of a share
  target_: u32, // offset of the gain in the flat gradient / 4
  stride: u32, // of a share's flat gradient / 4
}
@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read> scales: array<f32>;
@group(0) @binding(3) var<storage, read> dh: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> partial: array<vec4f>;

// Every `step`-th row of a share from its row `first` on, in their order.
fn sumOf(column: u32, share: u32, first: u32, step: u32) -> vec4f {
  let end = min((share + 1) * sizes.share, sizes.rows);
  var sum = vec4f();
  for (var row = share * sizes.share + first; row < end; row += step) {
    let at = row * sizes.width + column;
    sum += dh[at] * x[at] * scales[row];
  }
  return sum;
}

fn put(column: u32, share: u32, value: vec4f) {
  partial[share * sizes.stride + sizes.target_ + column] = value;
}
