// RMSNorm and two linear layers of four outputs each, for the four slots of one group; put before
// the kernels that begin with a norm. Every invocation sums the squares it needs beside its
// products, so no workgroup has to meet. Needs `theta`, `x` and `sizes.gain`, `sizes.slots4`.

struct Pair {
  a: mat4x4f,   // column j: output j of the four slots
  b: mat4x4f,
}

/// Four outputs, of consecutive weight rows from `at` on, for inputs in columns.
fn four(inputs: mat4x4f, at: u32) -> mat4x4f {
  return mat4x4f(
    inputs * theta[at],
    inputs * theta[at + HIDDEN4],
    inputs * theta[at + 2u * HIDDEN4],
    inputs * theta[at + 3u * HIDDEN4],
  );
}

/// norm(x) of a group of slots times the four weight rows at `a` and the four at `b`.
fn normed(group: u32, a: u32, b: u32) -> Pair {
  var pair: Pair;
  var squares = vec4f();
  for (var k = 0u; k < HIDDEN4; k++) {
    let at = 4u * k * sizes.slots4 + group;
    let x0 = x[at];
    let x1 = x[at + sizes.slots4];
    let x2 = x[at + 2u * sizes.slots4];
    let x3 = x[at + 3u * sizes.slots4];
    squares += x0 * x0 + x1 * x1 + x2 * x2 + x3 * x3;
    let gain = theta[sizes.gain + k];
    let inputs = mat4x4f(x0 * gain.x, x1 * gain.y, x2 * gain.z, x3 * gain.w);
    pair.a += four(inputs, a + k);
    pair.b += four(inputs, b + k);
  }
  let scale = inverseSqrt(squares / f32(4u * HIDDEN4) + EPSILON);
  let scales = mat4x4f(scale, scale, scale, scale);
  for (var j = 0u; j < 4u; j++) {
    pair.a[j] *= scales[j];
    pair.b[j] *= scales[j];
  }
  return pair;
}
