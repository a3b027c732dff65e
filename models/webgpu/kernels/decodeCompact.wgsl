// Before every token, or every few: the rows that have not ended move to the front in their order,
// and each one's residual becomes the embedding of the token it reads next; not where HIDDEN is 0.
// One invocation: one row, 32 numbers of its embedding. Each counts the live rows before its own,
// so the order is fixed without atomics; where ALL_LIVE, none has ended and a row is its own slot.

struct Sizes {
  slots: u32,
  tokens: u32,   // from the compaction before to this one
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> theta: array<f32>;        // begins with the embedding
@group(0) @binding(2) var<storage, read_write> run: Run;
@group(0) @binding(3) var<storage, read_write> live: array<u32>;
@group(0) @binding(4) var<storage, read> rows: array<Row>;
@group(0) @binding(5) var<storage, read_write> x: array<f32>;      // [HIDDEN, slots]

const PART = 32u;

fn liveBefore(row: u32) -> u32 {
  if (ALL_LIVE) {
    return row;
  }
  var count = 0u;
  for (var other = 0u; other < row; other++) {
    count += 1u - rows[other].ended;
  }
  return count;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row = id.x;
  if (row >= run.rows) {
    return;
  }
  let slot = liveBefore(row);
  let ended = rows[row].ended;
  if (id.y == 0u && row == run.rows - 1u) {
    run.live = slot + 1u - ended;
    run.t += sizes.tokens;
  }
  if (ended == 1u) {
    return;
  }
  if (id.y == 0u) {
    live[slot] = row;
  }
  let source = rows[row].token * HIDDEN;
  for (var i = id.y * PART; i < min((id.y + 1u) * PART, HIDDEN); i++) {
    x[i * sizes.slots + slot] = theta[source + i];
  }
}
