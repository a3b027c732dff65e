// What the tiled matrix products share: a workgroup of 16 by 16 invocations computes a tile of 64
// by 64 numbers of C = A · B, each invocation 4 by 4 of them, from pieces of both operands that
// are 16 deep and lie in workgroup memory as [depth][64]. Put before the text of each product.
const DEPTH = 16u;

var<workgroup> aTile: array<vec4f, 256>;
var<workgroup> bTile: array<vec4f, 256>;

// Four vec4s along the depth, of four neighbouring rows -> four vec4s across these rows.
fn across(a: vec4f, b: vec4f, c: vec4f, d: vec4f) -> mat4x4f {
  return transpose(mat4x4f(a, b, c, d));
}

// Adds the product of the two pieces at hand to the four rows of an invocation.
fn addPiece(c: ptr<function, array<vec4f, 4>>, local: vec3u) {
  for (var k = 0u; k < DEPTH; k++) {
    let a = aTile[k * 16 + local.y];
    let b = bTile[k * 16 + local.x];
    (*c)[0] += a.x * b;
    (*c)[1] += a.y * b;
    (*c)[2] += a.z * b;
    (*c)[3] += a.w * b;
  }
}
