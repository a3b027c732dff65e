// The gradients of attention.wgsl to keys and values: one key of one key-value head an
// invocation, which goes through the queries that see it in order. Keys' gradients are rotated
// back (the inverse of rope.wgsl) as they are written into dqkv. See attentionQueries.wgsl.
struct Sizes {
  tokens: u32,
  columns: u32,
}
@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> qkv: array<vec4f>;
@group(0) @binding(2) var<storage, read> logSums: array<f32>;
@group(0) @binding(3) var<storage, read> deltas: array<f32>;
@group(0) @binding(4) var<storage, read> dout: array<vec4f>;
@group(0) @binding(5) var<storage, read> cosines: array<vec4f>;
@group(0) @binding(6) var<storage, read> sines: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> dqkv: array<vec4f>;

const ROW = (HEADS + 2 * KV_HEADS) * HEAD4;
const HALF = HEAD4 / 2;
const GROUP = HEADS / KV_HEADS;
const TO_VALUE = KV_HEADS * HEAD4;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let token = id.x;
  let kvHead = id.y;
  if (token >= sizes.tokens) { return; }
  let at = token * ROW + (HEADS + kvHead) * HEAD4;

  var k: array<vec4f, HEAD4>;
  var v: array<vec4f, HEAD4>;
  var dk: array<vec4f, HEAD4>;
  var dv: array<vec4f, HEAD4>;
  for (var i = 0u; i < HEAD4; i++) {
    k[i] = qkv[at + i] * SCALE;
    v[i] = qkv[at + TO_VALUE + i];
    dk[i] = vec4f();
    dv[i] = vec4f();
  }
  let column = token % sizes.columns;
  let end = token - column + sizes.columns;
  for (var head = kvHead * GROUP; head < (kvHead + 1) * GROUP; head++) {
    for (var other = token; other < end; other++) {
      let query = other * ROW + head * HEAD4;
      let row = other * HEADS + head;
      var score = 0f;
      var along = 0f;
      for (var i = 0u; i < HEAD4; i++) {
        score += dot(k[i], qkv[query + i]);
        along += dot(v[i], dout[row * HEAD4 + i]);
      }
      let weight = exp(score - logSums[row]);
      let slope = weight * (along - deltas[row]);
      for (var i = 0u; i < HEAD4; i++) {
        dv[i] += weight * dout[row * HEAD4 + i];
        dk[i] += slope * qkv[query + i];
      }
    }
  }
  let angle = column * HEAD4;
  for (var i = 0u; i < HALF; i++) {
    let c = cosines[angle + i];
    let s = sines[angle + i];
    dqkv[at + i] = SCALE * (dk[i] * c + dk[i + HALF] * s);
    dqkv[at + i + HALF] = SCALE * (dk[i + HALF] * c - dk[i] * s);
  }
  for (var i = 0u; i < HEAD4; i++) { dqkv[at + TO_VALUE + i] = dv[i]; }
}
