// The next token of every live row (decodeDraw.wgsl). One invocation: one row.

struct Sizes {
  slots: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> run: Run;
@group(0) @binding(2) var<storage, read> live: array<u32>;
@group(0) @binding(3) var<storage, read_write> rows: array<Row>;
@group(0) @binding(4) var<storage, read> logits: array<f32>;         // [V up to eights, slots]
@group(0) @binding(5) var<storage, read_write> weights: array<f32>;  // likewise: e^(x - largest)
@group(0) @binding(6) var<storage, read_write> record: array<f32>;   // [T, 3, rows]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let slot = id.x;
  if (slot >= run.live) {
    return;
  }
  pick(slot, live[slot], run.t);
}
