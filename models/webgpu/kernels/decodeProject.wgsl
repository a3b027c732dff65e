// A linear layer added to the residual in place: x += W · inputs, of every live row. One
// invocation: four slots, four outputs.

struct Sizes {
  weights: u32,
  slots4: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> theta: array<vec4f>;
@group(0) @binding(2) var<storage, read> run: Run;
@group(0) @binding(3) var<storage, read> inputs: array<vec4f>;   // [INPUTS, slots]
@group(0) @binding(4) var<storage, read_write> x: array<vec4f>;  // [HIDDEN, slots]

@compute @workgroup_size(8, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (4u * id.x >= run.live || id.y >= HIDDEN4) {
    return;
  }
  let slots4 = sizes.slots4;
  var sums = mat4x4f();
  for (var k = 0u; k < INPUTS4; k++) {
    let at = 4u * k * slots4 + id.x;
    let four = mat4x4f(
      inputs[at], inputs[at + slots4], inputs[at + 2u * slots4], inputs[at + 3u * slots4]);
    let w = sizes.weights + 4u * id.y * INPUTS4 + k;
    sums += mat4x4f(
      four * theta[w],
      four * theta[w + INPUTS4],
      four * theta[w + 2u * INPUTS4],
      four * theta[w + 3u * INPUTS4],
    );
  }
  let to = 4u * id.y * slots4 + id.x;
  x[to] += sums[0];
  x[to + slots4] += sums[1];
  x[to + 2u * slots4] += sums[2];
  x[to + 3u * slots4] += sums[3];
}
