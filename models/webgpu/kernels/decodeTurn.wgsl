// Norm, q, k and v projections and rotary embedding of four slots, put before the kernels that do
// it; k and v go into the cache column of the row's position. q_proj, k_proj and v_proj lie one
// after the other in theta, so heads are counted through all three. A unit of a head: the columns
// c … c + 3 with their rotary partners c + D/2 …. Needs decodeNormed.wgsl, `sizes.cosines`,
// `sizes.sines`, and where things are: isLive, rowOf, putQuery, putKey, putValue.

const UNITS = HEAD_DIM / 8u;  // of a head
const WIDTH = 2u * UNITS;     // of a head, in fours

fn keep(slot: u32, head: u32, column: u32, low: vec4f, high: vec4f) {
  if (!isLive(slot)) {
    return;
  }
  let row = rowOf(slot);
  let cached = (row.ownBase + row.position - row.prefixCount) * KV_HEADS;
  if (head >= HEADS + KV_HEADS) {
    let at = (cached + head - HEADS - KV_HEADS) * WIDTH + column;
    putValue(at, low);
    putValue(at + UNITS, high);
    return;
  }
  let angle = row.position * WIDTH + column;
  let cosine = theta[sizes.cosines + angle];
  let sine = theta[sizes.sines + angle];
  let turnedLow = low * cosine - high * sine;
  let turnedHigh = high * cosine + low * sine;
  if (head >= HEADS) {
    let at = (cached + head - HEADS) * WIDTH + column;
    putKey(at, turnedLow);
    putKey(at + UNITS, turnedHigh);
  } else {
    let at = (slot * HEADS + head) * WIDTH + column;
    putQuery(at, turnedLow);
    putQuery(at + UNITS, turnedHigh);
  }
}

/// One unit of the group whose first slot is `slot`; units are counted through all heads.
fn turnUnit(group: u32, slot: u32, unit: u32, gain: u32, weights: u32) {
  let head = unit / UNITS;
  let column = unit % UNITS;  // in fours
  let low = weights + (head * HEAD_DIM + 4u * column) * HIDDEN4;
  let pair = normed(group, gain, low, low + HEAD_DIM / 2u * HIDDEN4);
  let a = transpose(pair.a);
  let b = transpose(pair.b);
  keep(slot, head, column, a[0], b[0]);
  keep(slot + 1u, head, column, a[1], b[1]);
  keep(slot + 2u, head, column, a[2], b[2]);
  keep(slot + 3u, head, column, a[3], b[3]);
}
