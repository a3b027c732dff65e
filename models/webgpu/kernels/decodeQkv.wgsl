// Norm, q, k and v projections and rotary embedding of every live row's token; k and v go into
// the cache column of its position. q_proj, k_proj and v_proj lie one after the other in theta,
// so heads are counted through all three. One invocation: four slots, and of one head the columns
// c … c + 3 with their rotary partners c + D/2 ….

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

const D4 = HEAD_DIM / 4u;
const UNITS = D4 / 2u;  // invocations a head

fn store(slot: u32, head: u32, column: u32, low: vec4f, high: vec4f) {
  if (slot >= run.live) {
    return;
  }
  let row = rows[live[slot]];
  let cached = (row.ownBase + row.position - row.prefixCount) * KV_HEADS;
  if (head >= HEADS + KV_HEADS) {
    let at = (cached + head - HEADS - KV_HEADS) * D4 + column;
    values[at] = low;
    values[at + UNITS] = high;
    return;
  }
  let angle = row.position * D4 + column;
  let cosine = theta[sizes.cosines + angle];
  let sine = theta[sizes.sines + angle];
  let turnedLow = low * cosine - high * sine;
  let turnedHigh = high * cosine + low * sine;
  if (head >= HEADS) {
    let at = (cached + head - HEADS) * D4 + column;
    keys[at] = turnedLow;
    keys[at + UNITS] = turnedHigh;
  } else {
    let at = (slot * HEADS + head) * D4 + column;
    queries[at] = turnedLow;
    queries[at + UNITS] = turnedHigh;
  }
}

@compute @workgroup_size(8, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let slot = 4u * id.x;
  let head = id.y / UNITS;
  let column = id.y % UNITS;  // in fours
  if (slot >= run.live || head >= HEADS + 2u * KV_HEADS) {
    return;
  }
  let low = sizes.weights + (head * HEAD_DIM + 4u * column) * HIDDEN4;
  let pair = normed(id.x, low, low + HEAD_DIM / 2u * HIDDEN4);
  let a = transpose(pair.a);
  let b = transpose(pair.b);
  store(slot, head, column, a[0], b[0]);
  store(slot + 1u, head, column, a[1], b[1]);
  store(slot + 2u, head, column, a[2], b[2]);
  store(slot + 3u, head, column, a[3], b[3]);
}
