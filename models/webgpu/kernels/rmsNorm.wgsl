// h = x · scale · gain with scale = 1 / sqrt(mean(x²) + EPSILON) (Zhang & Sennrich, 2019, eq. 4);
// one row an invocation. The scales are kept for the backward pass.
struct Sizes {
  rows: u32,
  width: u32, // hidden size / 4
  gain: u32, // offset in theta / 4
}
@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> theta: array<vec4f>;
@group(0) @binding(2) var<storage, read> x: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> h: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> scales: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row = id.x;
  if (row >= sizes.rows) { return; }
  let first = row * sizes.width;
  var squares = 0f;
  for (var i = 0u; i < sizes.width; i++) {
    let value = x[first + i];
    squares += dot(value, value);
  }
  let scale = inverseSqrt(squares / f32(4 * sizes.width) + EPSILON);
  scales[row] = scale;
  for (var i = 0u; i < sizes.width; i++) {
    h[first + i] = x[first + i] * scale * theta[sizes.gain + i];
  }
}
