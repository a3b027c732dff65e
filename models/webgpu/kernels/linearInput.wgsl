// The gradient of linear.wgsl to its input: dx = dy · W, dy [rows, depth], W [depth, columns] in
// theta. The product itself is in linearInputDirect.wgsl and linearInputTiled.wgsl.
// SWIGLU: dx is the gradient of a = silu(gate) · up (gateUp.wgsl), and what is written is that of
// gate and up, side by side in `out` [rows, 2 · columns], from `pre`.
@group(0) @binding(2) var<storage, read> dy: array<vec4f>;
@group(0) @binding(3) var<storage, read> pre: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> out: array<vec4f>;

fn put(row: u32, column: u32, value: vec4f) {
  if (!SWIGLU) {
    out[row * sizes.columns + column] = value;
    return;
  }
  let at = 2 * row * sizes.columns + column;
  let gate = pre[at];
  let sigmoid = 1 / (1 + exp(-max(gate, vec4f(-80)))); // bounded: nothing becomes infinite
  let silu = gate * sigmoid;
  // d silu(g)/dg = sigmoid + silu · (1 − sigmoid)
  out[at] = value * pre[at + sizes.columns] * (sigmoid + silu * (1 - sigmoid));
  out[at + sizes.columns] = value * silu;
}
