// Rotary position embedding (Su et al., 2021, eq. 34; rotate-half) of queries and keys, in place
// in qkv [tokens, (HEADS + 2 · KV_HEADS) · 4 · HEAD4]; a token's position is its column in the row.
struct Sizes {
  tokens: u32,
  columns: u32,
}
@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> cosines: array<vec4f>;
@group(0) @binding(2) var<storage, read> sines: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> qkv: array<vec4f>;

const HALF = HEAD4 / 2;

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= (HEADS + KV_HEADS) * HALF || id.y >= sizes.tokens) { return; }
  let pair = id.x % HALF;
  let low = (id.y * (HEADS + 2 * KV_HEADS) + id.x / HALF) * HEAD4 + pair;
  let angle = (id.y % sizes.columns) * HEAD4 + pair;
  let c = cosines[angle];
  let s = sines[angle];
  let a = qkv[low];
  let b = qkv[low + HALF];
  qkv[low] = a * c - b * s;
  qkv[low + HALF] = b * c + a * s;
}
