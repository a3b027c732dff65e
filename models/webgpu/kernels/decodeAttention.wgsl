// The queries of every live row against the cache (decodeAttend.wgsl). One invocation: one slot,
// one head.

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

fn queryAt(at: u32) -> vec4f {
  return queries[at];
}

fn keyAt(at: u32) -> vec4f {
  return keys[at];
}

fn valueAt(at: u32) -> vec4f {
  return values[at];
}

@compute @workgroup_size(8, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let slot = id.x;
  let head = id.y;
  if (slot >= run.live || head >= HEADS) {
    return;
  }
  let mean = attend(rows[live[slot]], (slot * HEADS + head) * D4, head);
  for (var d = 0u; d < D4; d++) {
    let numbers = mean[d];
    let to = (head * HEAD_DIM + 4u * d) * sizes.slots + slot;
    mixed[to] = numbers.x;
    mixed[to + sizes.slots] = numbers.y;
    mixed[to + 2u * sizes.slots] = numbers.z;
    mixed[to + 3u * sizes.slots] = numbers.w;
  }
}
