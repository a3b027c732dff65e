// RMSNorm and two linear layers of four outputs each, for the four slots of one group; put before
// the kernels that begin with a norm. Every invocation sums the squares it needs beside its
// products, so no workgroup has to meet. Needs `theta`, `x` [HIDDEN, slots] and its `stride()`, the
// slots in fours.

struct Pair {
  a: mat4x4f,   // column j: output j of the four slots
  b: mat4x4f,
}

/// Four outputs, of consecutive weight rows from `at` on, `width` apart, for inputs in columns.
fn four(inputs: mat4x4f, at: u32, width: u32) -> mat4x4f {
  return mat4x4f(
    inputs * theta[at],
    inputs * theta[at + width],
    inputs * theta[at + 2u * width],
    inputs * theta[at + 3u * width],
  );
}

fn scaled(numbers: mat4x4f, scale: vec4f) -> mat4x4f {
  return mat4x4f(numbers[0] * scale, numbers[1] * scale, numbers[2] * scale, numbers[3] * scale);
}

/// norm(x) of a group of slots times the four weight rows at `a` and the four at `b`.
fn normed(group: u32, gain: u32, a: u32, b: u32) -> Pair {
  var pair: Pair;
  var squares = vec4f();
  for (var k = 0u; k < HIDDEN4; k++) {
    let at = 4u * k * stride() + group;
    let x0 = x[at];
    let x1 = x[at + stride()];
    let x2 = x[at + 2u * stride()];
    let x3 = x[at + 3u * stride()];
    squares += x0 * x0 + x1 * x1 + x2 * x2 + x3 * x3;
    let gains = theta[gain + k];
    let inputs = mat4x4f(x0 * gains.x, x1 * gains.y, x2 * gains.z, x3 * gains.w);
    pair.a += four(inputs, a + k, HIDDEN4);
    pair.b += four(inputs, b + k, HIDDEN4);
  }
  let scale = inverseSqrt(squares / f32(4u * HIDDEN4) + EPSILON);
  return Pair(scaled(pair.a, scale), scaled(pair.b, scale));
}

/// The exponent is bounded, so that nothing becomes infinite on the way to 0.
fn silu(x: vec4f) -> vec4f {
  return x / (1f + exp(-max(x, vec4f(-80f))));
}
