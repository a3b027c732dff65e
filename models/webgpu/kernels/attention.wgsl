// Causal attention (Vaswani et al., 2017, eq. 1; grouped queries: Ainslie et al., 2023) with a
// running softmax (Milakov & Gimelshein, 2018, algorithm 3), so no scores are kept: one query of
// one head an invocation. `logSums` [tokens, HEADS] keeps log Σ exp(score) for the backward pass.
struct Sizes {
  tokens: u32,
  columns: u32,
}
@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> qkv: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> logSums: array<f32>;

const ROW = (HEADS + 2 * KV_HEADS) * HEAD4;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let token = id.x;
  let head = id.y;
  if (token >= sizes.tokens) { return; }
  var q: array<vec4f, HEAD4>;
  var sum: array<vec4f, HEAD4>;
  for (var i = 0u; i < HEAD4; i++) {
    q[i] = qkv[token * ROW + head * HEAD4 + i] * SCALE;
    sum[i] = vec4f();
  }
  let first = token - token % sizes.columns;
  var key = first * ROW + (HEADS + head / (HEADS / KV_HEADS)) * HEAD4;
  var highest = -1e30f;
  var total = 0f;
  for (var other = first; other <= token; other++) {
    var score = 0f;
    for (var i = 0u; i < HEAD4; i++) { score += dot(q[i], qkv[key + i]); }
    let next = max(highest, score);
    let keep = exp(highest - next);
    let weight = exp(score - next);
    total = total * keep + weight;
    for (var i = 0u; i < HEAD4; i++) {
      sum[i] = sum[i] * keep + weight * qkv[key + KV_HEADS * HEAD4 + i];
    }
    highest = next;
    key += ROW;
  }
  for (var i = 0u; i < HEAD4; i++) { out[(token * HEADS + head) * HEAD4 + i] = sum[i] / total; }
  logSums[token * HEADS + head] = highest + log(total);
}
