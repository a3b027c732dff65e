// -Σ p·log p of softmax(logits / TEMPERATURE), one token an invocation: with
// x = (logit - highest) / TEMPERATURE that is log Σe^x - Σ e^x·x / Σe^x. A program apart from
// logps.wgsl, for in one with it a compiler may round the log-probabilities otherwise (seen on an
// H200), and they must not depend on whether entropies were asked for.
struct Sizes {
  tokens: u32,
  vocab: u32,
  width: u32, // of a row of logits, in floats
}
@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read_write> entropies: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let token = id.x;
  if (token >= sizes.tokens) { return; }
  let first = token * sizes.width;
  var highest = logits[first];
  for (var i = 1u; i < sizes.vocab; i++) { highest = max(highest, logits[first + i]); }
  var total = 0f;
  var products = 0f;
  for (var i = 0u; i < sizes.vocab; i++) {
    let x = (logits[first + i] - highest) / TEMPERATURE;
    let e = exp(x);
    total += e;
    products += e * x;
  }
  entropies[token] = log(total) - products / total;
}
