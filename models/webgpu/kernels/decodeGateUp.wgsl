// Norm and the first half of the MLP of every live row: silu(gate) · up. One invocation: four
// slots, four outputs.

struct Sizes {
  gain: u32,
  gate: u32,
  up: u32,
  slots4: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> theta: array<vec4f>;
@group(0) @binding(2) var<storage, read> run: Run;
@group(0) @binding(3) var<storage, read> x: array<vec4f>;              // [HIDDEN, slots]
@group(0) @binding(4) var<storage, read_write> inner: array<vec4f>;    // [INNER, slots]

fn stride() -> u32 {
  return sizes.slots4;
}

@compute @workgroup_size(8, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (4u * id.x >= run.live || id.y >= INNER4) {
    return;
  }
  let row = 4u * id.y * HIDDEN4;
  let pair = normed(id.x, sizes.gain, sizes.gate + row, sizes.up + row);
  let to = 4u * id.y * sizes.slots4 + id.x;
  inner[to] = silu(pair.a[0]) * pair.b[0];
  inner[to + sizes.slots4] = silu(pair.a[1]) * pair.b[1];
  inner[to + 2u * sizes.slots4] = silu(pair.a[2]) * pair.b[2];
  inner[to + 3u * sizes.slots4] = silu(pair.a[3]) * pair.b[3];
}
