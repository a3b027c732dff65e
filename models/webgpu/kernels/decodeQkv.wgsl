// Norm, q, k and v projections and rotary embedding of every live row's token (decodeTurn.wgsl).
// One invocation: four slots, one unit of a head.

struct Sizes {
  gain: u32,
  weights: u32,
  cosines: u32,   // [positions, D], as sines
  sines: u32,
  slots4: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> theta: array<vec4f>;
@group(0) @binding(2) var<storage, read> run: Run;
@group(0) @binding(3) var<storage, read> live: array<u32>;
@group(0) @binding(4) var<storage, read> rows: array<Row>;
@group(0) @binding(5) var<storage, read> x: array<vec4f>;              // [HIDDEN, slots]
@group(0) @binding(6) var<storage, read_write> queries: array<vec4f>;  // [slots, H·D]
@group(0) @binding(7) var<storage, read_write> keys: array<vec4f>;     // [columns, K·D]
@group(0) @binding(8) var<storage, read_write> values: array<vec4f>;   // [columns, K·D]

fn stride() -> u32 {
  return sizes.slots4;
}

fn isLive(slot: u32) -> bool {
  return slot < run.live;
}

fn rowOf(slot: u32) -> Row {
  return rows[live[slot]];
}

fn putQuery(at: u32, numbers: vec4f) {
  queries[at] = numbers;
}

fn putKey(at: u32, numbers: vec4f) {
  keys[at] = numbers;
}

fn putValue(at: u32, numbers: vec4f) {
  values[at] = numbers;
}

@compute @workgroup_size(8, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (4u * id.x >= run.live || id.y >= (HEADS + 2u * KV_HEADS) * UNITS) {
    return;
  }
  turnUnit(id.x, 4u * id.x, id.y, sizes.gain, sizes.weights);
}
