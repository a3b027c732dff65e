// The gradient of rmsNorm.wgsl to its gain: Σ over rows of dh · x · scale, in the order of the
// rows within each share of them; reduceShares.wgsl adds the shares up.
struct Sizes {
  rows: u32,
  width: u32, // hidden size / 4
  share: u32, // rows of a share
  shares: u32,
  target_: u32, // offset of the gain in the flat gradient / 4
  stride: u32, // of a share's flat gradient / 4
}
@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read> scales: array<f32>;
@group(0) @binding(3) var<storage, read> dh: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> partial: array<vec4f>;

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= sizes.width || id.y >= sizes.shares) { return; }
  let begin = min(id.y * sizes.share, sizes.rows);
  let end = min(begin + sizes.share, sizes.rows);
  var sum = vec4f();
  for (var row = begin; row < end; row++) {
    let at = row * sizes.width + id.x;
    sum += dh[at] * x[at] * scales[row];
  }
  partial[id.y * sizes.stride + sizes.target_ + id.x] = sum;
}
