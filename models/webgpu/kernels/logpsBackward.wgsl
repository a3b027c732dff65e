// The gradient of logps.wgsl to the logits, in their place: with p the probabilities,
// dlogits = dlogp · (oneHot(target) − p) / TEMPERATURE, and with ENTROPIES, H being the entropy,
// − dH · p · (log p + H) / TEMPERATURE; zero in the padding. One vec4 an invocation.
struct Sizes {
  tokens: u32,
  vocab: u32,
  width: u32, // of a row of logits, in floats
}
@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> targets: array<u32>;
@group(0) @binding(2) var<storage, read> logSums: array<f32>;
@group(0) @binding(3) var<storage, read> dLogps: array<f32>;
@group(0) @binding(4) var<storage, read> entropies: array<f32>;
@group(0) @binding(5) var<storage, read> dEntropies: array<f32>;
@group(0) @binding(6) var<storage, read_write> logits: array<vec4f>;

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let token = id.y;
  if (4 * id.x >= sizes.width || token >= sizes.tokens) { return; }
  let at = token * sizes.width / 4 + id.x;
  let columns = vec4u(4 * id.x) + vec4u(0, 1, 2, 3);
  let logP = logits[at] / TEMPERATURE - logSums[token];
  let p = exp(logP);
  let hot = vec4f(columns == vec4u(targets[token]));
  var slope = dLogps[token] / TEMPERATURE * (hot - p);
  if (ENTROPIES) { slope -= dEntropies[token] / TEMPERATURE * p * (logP + entropies[token]); }
  logits[at] = select(vec4f(), slope, columns < vec4u(sizes.vocab));
}
