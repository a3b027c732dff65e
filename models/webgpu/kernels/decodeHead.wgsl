// Final norm and logits of every live row. One invocation: four slots, eight words. Beyond the
// vocabulary logits are so low that they take no part in any sum.

struct Sizes {
  gain: u32,
  weights: u32,
  slots4: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> theta: array<vec4f>;
@group(0) @binding(2) var<storage, read> run: Run;
@group(0) @binding(3) var<storage, read> x: array<vec4f>;             // [HIDDEN, slots]
@group(0) @binding(4) var<storage, read_write> logits: array<vec4f>;  // [V up to eights, slots]

const ABSENT = vec4f(-1e30f);

fn stride() -> u32 {
  return sizes.slots4;
}

@compute @workgroup_size(8, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let word = 8u * id.y;
  if (4u * id.x >= run.live || word >= VOCAB) {
    return;
  }
  let row = sizes.weights + word * HIDDEN4;
  var pair = normed(id.x, sizes.gain, row, row + 4u * HIDDEN4);
  for (var j = 0u; j < 4u; j++) {
    let to = (word + j) * sizes.slots4 + id.x;
    logits[to] = select(ABSENT, pair.a[j], word + j < VOCAB);
    logits[to + 4u * sizes.slots4] = select(ABSENT, pair.b[j], word + j + 4u < VOCAB);
  }
}
