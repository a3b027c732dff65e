// log softmax(logits / TEMPERATURE) at each token's target, with a running sum over the
// vocabulary; one token an invocation. `logSums` keeps log Σ exp(logit / TEMPERATURE) for the
// backward pass. The rows of logits are padded to whole vec4s.
struct Sizes {
  tokens: u32,
  vocab: u32,
  width: u32, // of a row of logits, in floats
}
@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read> targets: array<u32>;
@group(0) @binding(3) var<storage, read_write> logps: array<f32>;
@group(0) @binding(4) var<storage, read_write> logSums: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let token = id.x;
  if (token >= sizes.tokens) { return; }
  let first = token * sizes.width;
  var highest = logits[first];
  for (var i = 1u; i < sizes.vocab; i++) { highest = max(highest, logits[first + i]); }
  var total = 0f;
  for (var i = 0u; i < sizes.vocab; i++) {
    total += exp((logits[first + i] - highest) / TEMPERATURE);
  }
  let logTotal = log(total);
  logSums[token] = highest / TEMPERATURE + logTotal;
  logps[token] = (logits[first + targets[token]] - highest) / TEMPERATURE - logTotal;
}
