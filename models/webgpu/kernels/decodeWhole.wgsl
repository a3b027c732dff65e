// Several tokens of a rollout in one dispatch: a workgroup carries the rows of four slots through
// all layers, draws their next tokens and goes on with those, until all four have ended. Between
// two layers it meets at a barrier, where the other way (rolloutPlan.ts) has a dispatch of its own.
// Activations stay in workgroup memory; the cache, the logits and the rows' state are in storage,
// and every number of theirs is touched by one workgroup alone. Sums are in the order of the other
// way's. Rows that have ended are carried along, unseen, until the next compaction.
// Offsets and sizes of theta and of the cache are in fours.

struct Sizes {
  tokens: u32,   // of this dispatch, at most
  slots: u32,
  layers: u32,
  cosines: u32,  // [positions, D], as sines
  sines: u32,
  layer: u32,    // where the first layer begins; its input norm comes first
  layerSize: u32,
  qkv: u32,      // within a layer
  out: u32,
  mlpGain: u32,
  gate: u32,
  up: u32,
  down: u32,
  gain: u32,     // of the final norm
  head: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> theta: array<vec4f>;        // begins with the embedding
@group(0) @binding(2) var<storage, read> run: Run;
@group(0) @binding(3) var<storage, read> live: array<u32>;
@group(0) @binding(4) var<storage, read_write> rows: array<Row>;
@group(0) @binding(5) var<storage, read_write> cache: array<vec4f>;  // [L, keys and values, columns, K·D]
@group(0) @binding(6) var<storage, read_write> logits: array<f32>;   // [V up to eights, slots]
@group(0) @binding(7) var<storage, read_write> weights: array<f32>;  // likewise
@group(0) @binding(8) var<storage, read_write> record: array<f32>;   // [T, 3, rows]

const QUERY4 = HEADS * HEAD_DIM / 4u;
const COLUMN4 = KV_HEADS * HEAD_DIM / 4u;

/// The residual, [HIDDEN, 4 slots].
var<workgroup> x: array<vec4f, 4u * HIDDEN4>;
/// Queries, then what attention makes of them; or the MLP's inner numbers. [4 slots, numbers]
var<workgroup> inner: array<vec4f, 4u * max(QUERY4, INNER4)>;
var<workgroup> going: u32;

var<private> firstSlot: u32;
/// Where the layer's keys and values begin in the cache.
var<private> keysAt: u32;
var<private> valuesAt: u32;

fn stride() -> u32 {
  return 1u;
}

/// Slots are counted within the workgroup, but for those of the buffers.
fn rowOf(slot: u32) -> Row {
  return rows[live[firstSlot + slot]];
}

fn isLive(slot: u32) -> bool {
  return firstSlot + slot < run.live && rowOf(slot).ended == 0u;
}

fn putQuery(at: u32, numbers: vec4f) {
  inner[at] = numbers;
}

fn putKey(at: u32, numbers: vec4f) {
  cache[keysAt + at] = numbers;
}

fn putValue(at: u32, numbers: vec4f) {
  cache[valuesAt + at] = numbers;
}

fn queryAt(at: u32) -> vec4f {
  return inner[at];
}

fn keyAt(at: u32) -> vec4f {
  return cache[keysAt + at];
}

fn valueAt(at: u32) -> vec4f {
  return cache[valuesAt + at];
}

fn meet() {
  storageBarrier();
  workgroupBarrier();
}

/// Four numbers of a slot's embedding; of one that is not live any more, zeros.
fn embedded(slot: u32, k: u32) -> vec4f {
  if (!isLive(slot)) {
    return vec4f();
  }
  return theta[rowOf(slot).token * HIDDEN4 + k];
}

fn putFour(at: u32, numbers: mat4x4f) {
  x[at] = numbers[0];
  x[at + 1u] = numbers[1];
  x[at + 2u] = numbers[2];
  x[at + 3u] = numbers[3];
}

fn embed(lane: u32) {
  for (var k = lane; k < HIDDEN4; k += LANES) {
    let bySlot = mat4x4f(embedded(0u, k), embedded(1u, k), embedded(2u, k), embedded(3u, k));
    putFour(4u * k, transpose(bySlot));
  }
}

fn qkv(lane: u32, layer: u32) {
  for (var unit = lane; unit < (HEADS + 2u * KV_HEADS) * UNITS; unit += LANES) {
    turnUnit(0u, 0u, unit, layer, layer + sizes.qkv);
  }
}

/// What attention gives takes the place of the query.
fn mix(lane: u32) {
  for (var unit = lane; unit < 4u * HEADS; unit += LANES) {
    let slot = unit / HEADS;
    if (!isLive(slot)) {
      continue;
    }
    let at = unit * D4;
    let mean = attend(rowOf(slot), at, unit % HEADS);
    for (var d = 0u; d < D4; d++) {
      inner[at + d] = mean[d];
    }
  }
}

/// A linear layer of `width` fours added to the residual.
fn project(lane: u32, at: u32, width: u32) {
  for (var unit = lane; unit < HIDDEN4; unit += LANES) {
    var sums = mat4x4f();
    for (var k = 0u; k < width; k++) {
      let bySlot = mat4x4f(inner[k], inner[width + k], inner[2u * width + k], inner[3u * width + k]);
      sums += four(transpose(bySlot), at + 4u * unit * width + k, width);
    }
    x[4u * unit] += sums[0];
    x[4u * unit + 1u] += sums[1];
    x[4u * unit + 2u] += sums[2];
    x[4u * unit + 3u] += sums[3];
  }
}

fn gateUp(lane: u32, layer: u32) {
  for (var unit = lane; unit < INNER4; unit += LANES) {
    let row = layer + 4u * unit * HIDDEN4;
    let pair = normed(0u, layer + sizes.mlpGain, row + sizes.gate, row + sizes.up);
    let bySlot = transpose(mat4x4f(
      silu(pair.a[0]) * pair.b[0],
      silu(pair.a[1]) * pair.b[1],
      silu(pair.a[2]) * pair.b[2],
      silu(pair.a[3]) * pair.b[3],
    ));
    inner[unit] = bySlot[0];
    inner[INNER4 + unit] = bySlot[1];
    inner[2u * INNER4 + unit] = bySlot[2];
    inner[3u * INNER4 + unit] = bySlot[3];
  }
}

/// One word's logits; beyond the vocabulary so low that they take no part in any sum.
fn putLogit(j: u32, numbers: vec4f) {
  let said = select(vec4f(ABSENT), numbers, j < VOCAB);
  let at = word(firstSlot, j);
  logits[at] = said.x;
  logits[at + 1u] = said.y;
  logits[at + 2u] = said.z;
  logits[at + 3u] = said.w;
}

fn putLogits(j: u32, numbers: mat4x4f) {
  putLogit(j, numbers[0]);
  putLogit(j + 1u, numbers[1]);
  putLogit(j + 2u, numbers[2]);
  putLogit(j + 3u, numbers[3]);
}

fn head(lane: u32) {
  for (var j = 8u * lane; j < VOCAB; j += 8u * LANES) {
    let row = sizes.head + j * HIDDEN4;
    let pair = normed(0u, sizes.gain, row, row + 4u * HIDDEN4);
    putLogits(j, pair.a);
    putLogits(j + 4u, pair.b);
  }
}

/// From the rows' tokens to the logits of their next ones.
fn forward(lane: u32) {
  embed(lane);
  workgroupBarrier();
  for (var l = 0u; l < sizes.layers; l++) {
    let layer = sizes.layer + l * sizes.layerSize;
    keysAt = 2u * l * run.columns * COLUMN4;
    valuesAt = keysAt + run.columns * COLUMN4;
    qkv(lane, layer);
    meet();
    mix(lane);
    workgroupBarrier();
    project(lane, layer + sizes.out, QUERY4);
    workgroupBarrier();
    gateUp(lane, layer);
    workgroupBarrier();
    project(lane, layer + sizes.down, INNER4);
    workgroupBarrier();
  }
  head(lane);
  storageBarrier();
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  firstSlot = 4u * group.x;
  if (4u * group.x >= run.live) {
    return;
  }
  let tokens = min(sizes.tokens, run.tokens - run.t);
  for (var n = 0u; n < tokens; n++) {
    if (lane == 0u) {
      going = u32(isLive(0u) || isLive(1u) || isLive(2u) || isLive(3u));
    }
    if (workgroupUniformLoad(&going) == 0u) {
      return;
    }
    forward(lane);
    for (var slot = lane; slot < 4u; slot += LANES) {
      if (isLive(slot)) {
        pick(firstSlot + slot, live[firstSlot + slot], run.t + n);
      }
    }
    storageBarrier();
  }
}
