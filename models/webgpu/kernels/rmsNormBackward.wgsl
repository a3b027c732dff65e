// The gradient of rmsNorm.wgsl to its input, added to the residual's: with n = x · scale and
// g = dh · gain, dx += scale · (g − n · mean(g · n)). One row an invocation.
struct Sizes {
  rows: u32,
  width: u32, // hidden size / 4
  gain: u32, // offset in theta / 4
}
@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> theta: array<vec4f>;
@group(0) @binding(2) var<storage, read> x: array<vec4f>;
@group(0) @binding(3) var<storage, read> scales: array<f32>;
@group(0) @binding(4) var<storage, read> dh: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> dx: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row = id.x;
  if (row >= sizes.rows) { return; }
  let first = row * sizes.width;
  let scale = scales[row];
  var along = 0f;
  for (var i = 0u; i < sizes.width; i++) {
    along += dot(dh[first + i] * theta[sizes.gain + i], x[first + i]);
  }
  let pull = along * scale * scale / f32(4 * sizes.width);
  for (var i = 0u; i < sizes.width; i++) {
    let g = dh[first + i] * theta[sizes.gain + i];
    dx[first + i] += scale * (g - x[first + i] * pull);
  }
}
