// One row's query of one head against the cache: the columns of its shared prefix, then its own,
// by online softmax (Milakov & Gimelshein, 2018), four columns at a time, so that loads wait
// together and the running maximum is looked at a quarter as often. Put before the kernels that
// attend. Needs to be told where things are: queryAt, keyAt, valueAt.

const D4 = HEAD_DIM / 4u;
const ABSENT = -1e30f;

/// Where the head's keys of a row's n-th column begin.
fn place(row: Row, n: u32, head: u32) -> u32 {
  let own = row.ownBase + n - row.prefixCount;
  return (select(own, row.prefixBase + n, n < row.prefixCount) * KV_HEADS + head) * D4;
}

/// The mean of the values; `query` is where the head's query begins.
fn attend(row: Row, query: u32, head: u32) -> array<vec4f, D4> {
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
      let keys = mat4x4f(keyAt(c0 + d), keyAt(c1 + d), keyAt(c2 + d), keyAt(c3 + d));
      products += queryAt(query + d) * keys;
    }
    let there = vec4u(n, n + 1u, n + 2u, n + 3u) <= vec4u(last);
    let scores = select(vec4f(ABSENT), products * SCALE, there);
    let higher = max(peak, max(max(scores.x, scores.y), max(scores.z, scores.w)));
    let shrink = exp(peak - higher);
    let weights = exp(scores - higher);
    sum = sum * shrink + dot(weights, vec4f(1f));
    for (var d = 0u; d < D4; d++) {
      mean[d] = mean[d] * shrink
        + mat4x4f(valueAt(c0 + d), valueAt(c1 + d), valueAt(c2 + d), valueAt(c3 + d)) * weights;
    }
    peak = higher;
  }
  for (var d = 0u; d < D4; d++) {
    mean[d] /= sum;
  }
  return mean;
}
