// The gradient of attention.wgsl to the queries, rotated back (the inverse of rope.wgsl) as it is
// written into dqkv; weights are recomputed from `logSums`. One query of one head an invocation.
// With p the weights and dp = dout · v: ds = p · (dp − delta), delta = dout · out, which is kept in
// `deltas` [tokens, HEADS] for attentionKeys.wgsl (Dao et al., "FlashAttention", 2022, algorithm 4).
struct Sizes {
  tokens: u32,
  columns: u32,
}
@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> qkv: array<vec4f>;
@group(0) @binding(2) var<storage, read> out: array<vec4f>;
@group(0) @binding(3) var<storage, read> logSums: array<f32>;
@group(0) @binding(4) var<storage, read> dout: array<vec4f>;
@group(0) @binding(5) var<storage, read> cosines: array<vec4f>;
@group(0) @binding(6) var<storage, read> sines: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> deltas: array<f32>;
@group(0) @binding(8) var<storage, read_write> dqkv: array<vec4f>;

const ROW = (HEADS + 2 * KV_HEADS) * HEAD4;
const HALF = HEAD4 / 2;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let token = id.x;
  let head = id.y;
  if (token >= sizes.tokens) { return; }
  let own = (token * HEADS + head) * HEAD4;
  let at = token * ROW + head * HEAD4;
  var q: array<vec4f, HEAD4>;
  var dq: array<vec4f, HEAD4>;
  var dy: array<vec4f, HEAD4>;
  var delta = 0f;
  for (var i = 0u; i < HEAD4; i++) {
    q[i] = qkv[at + i] * SCALE;
    dq[i] = vec4f();
    dy[i] = dout[own + i];
    delta += dot(dy[i], out[own + i]);
  }
  deltas[token * HEADS + head] = delta;
  let logSum = logSums[token * HEADS + head];
  let first = token - token % sizes.columns;
  var key = first * ROW + (HEADS + head / (HEADS / KV_HEADS)) * HEAD4;
  for (var other = first; other <= token; other++) {
    var score = 0f;
    var along = 0f;
    for (var i = 0u; i < HEAD4; i++) {
      score += dot(q[i], qkv[key + i]);
      along += dot(dy[i], qkv[key + KV_HEADS * HEAD4 + i]);
    }
    let slope = exp(score - logSum) * (along - delta);
    for (var i = 0u; i < HEAD4; i++) { dq[i] += slope * qkv[key + i]; }
    key += ROW;
  }
  let angle = (token - first) * HEAD4;
  for (var i = 0u; i < HALF; i++) {
    let c = cosines[angle + i];
    let s = sines[angle + i];
    dqkv[at + i] = SCALE * (dq[i] * c + dq[i + HALF] * s);
    dqkv[at + i + HALF] = SCALE * (dq[i + HALF] * c - dq[i] * s);
  }
}
