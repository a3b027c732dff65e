// The queries of every live row against the cache: the columns of its shared prefix, then its
// own, by online softmax (Milakov & Gimelshein, 2018), four columns at a time, so that loads wait
// together and the running maximum is looked at a quarter as often. One invocation: one slot, one
// head.

struct Sizes {
  slots: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> run: Run;
@group(0) @binding(2) var<storage, read> live: array<u32>;
@group(0) @binding(3) var<storage, read> rows: array<Row>;
@group(0) @binding(4) var<storage, read> queries: array<vec4f>;   // [slots, H·D]
@group(0) @binding(5) var<storage, read> keys: array<vec4f>;      // [columns, K·D]
@group(0) @binding(6) var<storage, read> values: array<vec4f>;    // [columns, K·D]
@group(0) @binding(7) var<storage, read_write> mixed: array<f32>; // [H·D, slots]

const D4 = HEAD_DIM / 4u;
const ABSENT = -1e30f;

/// Where the head's keys of a row's n-th column begin.
fn place(row: Row, n: u32, head: u32) -> u32 {
  let own = row.ownBase + n - row.prefixCount;
  return (select(own, row.prefixBase + n, n < row.prefixCount) * KV_HEADS + head) * D4;
}

@compute @workgroup_size(8, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let slot = id.x;
  let head = id.y;
  if (slot >= run.live || head >= HEADS) {
    return;
  }
  let row = rows[live[slot]];
  let query = (slot * HEADS + head) * D4;
  let kvHead = head / (HEADS / KV_HEADS);
  let last = row.position;
  var peak = ABSENT;
  var sum = 0f;
  var mean: array<vec4f, D4>;
  for (var n = 0u; n <= last; n += 4u) {
    let c0 = place(row, n, kvHead);
    let c1 = place(row, min(n + 1u, last), kvHead);
    let c2 = place(row, min(n + 2u, last), kvHead);
    let c3 = place(row, min(n + 3u, last), kvHead);
    var products = vec4f();
    for (var d = 0u; d < D4; d++) {
      products += queries[query + d] * mat4x4f(keys[c0 + d], keys[c1 + d], keys[c2 + d], keys[c3 + d]);
    }
    let there = vec4u(n, n + 1u, n + 2u, n + 3u) <= vec4u(last);
    let scores = select(vec4f(ABSENT), products * SCALE, there);
    let higher = max(peak, max(max(scores.x, scores.y), max(scores.z, scores.w)));
    let shrink = exp(peak - higher);
    let weights = exp(scores - higher);
    sum = sum * shrink + dot(weights, vec4f(1f));
    for (var d = 0u; d < D4; d++) {
      mean[d] = mean[d] * shrink
        + mat4x4f(values[c0 + d], values[c1 + d], values[c2 + d], values[c3 + d]) * weights;
    }
    peak = higher;
  }
  for (var d = 0u; d < D4; d++) {
    let numbers = mean[d] / sum;
    let to = (head * HEAD_DIM + 4u * d) * sizes.slots + slot;
    mixed[to] = numbers.x;
    mixed[to + sizes.slots] = numbers.y;
    mixed[to + 2u * sizes.slots] = numbers.z;
    mixed[to + 3u * sizes.slots] = numbers.w;
  }
}
