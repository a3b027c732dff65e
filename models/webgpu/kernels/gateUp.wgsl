// The two first layers of a SwiGLU block with their gate (Shazeer, 2020, eq. 5):
// gate = x · Wgᵀ, up = x · Wuᵀ, a = silu(gate) · up. Gate and up are kept side by side in
// `pre` [rows, 2 · columns] for the backward pass. Wg and Wu lie one after the other in theta.
// The products themselves are in gateUpDirect.wgsl and gateUpTiled.wgsl.
@group(0) @binding(2) var<storage, read> x: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> pre: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> a: array<vec4f>;

fn put(row: u32, column: u32, gate: vec4f, up: vec4f) {
  let at = 2 * row * sizes.columns + column;
  pre[at] = gate;
  pre[at + sizes.columns] = up;
  // The exponent is bounded, so that nothing becomes infinite on the way to 0.
  a[row * sizes.columns + column] = gate / (1 + exp(-max(gate, vec4f(-80)))) * up;
}
