// One AdamW update of a flat vector of parameters with clipping by global norm; the formula and
// its sources are in src/rft/optimizer.ts. One vec4 an invocation. `numbers`: beta1, 1 - beta1,
// beta2, 1 - beta2, epsilon, maxGradNorm, stepSize, correction; then, where DECAY, for each
// parameter where it ends in the vectors (exact below 2^24 numbers) and the share of it that weight
// decay takes.
struct Sizes {
  size: u32, // of the vectors / 4
  row: u32, // invocations in a row of the dispatch
  parameters: u32,
}
@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> numbers: array<f32>;
@group(0) @binding(2) var<storage, read> norm: array<f32>;
@group(0) @binding(3) var<storage, read> gradient: array<vec4f>;
@group(0) @binding(4) var<storage, read> m: array<vec4f>;
@group(0) @binding(5) var<storage, read> v: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> newM: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> newV: array<vec4f>;
@group(0) @binding(8) var<storage, read_write> theta: array<vec4f>;

fn decayAt(at: f32) -> f32 {
  for (var i = 0u; i < sizes.parameters; i++) {
    if (at < numbers[8 + 2 * i]) { return numbers[9 + 2 * i]; }
  }
  return 0;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = id.y * sizes.row + id.x;
  if (at >= sizes.size) { return; }
  let clip = min(numbers[5] / (norm[0] + 1e-6f), 1);
  let g = gradient[at] * clip;
  let first = m[at] * numbers[0] + g * numbers[1];
  let second = v[at] * numbers[2] + g * g * numbers[3];
  newM[at] = first;
  newV[at] = second;
  var old = theta[at];
  if (DECAY) {
    let first = f32(4 * at);
    old -= old * vec4f(decayAt(first), decayAt(first + 1), decayAt(first + 2), decayAt(first + 3));
  }
  theta[at] = old - first / (sqrt(second) * numbers[7] + numbers[4]) * numbers[6];
}
