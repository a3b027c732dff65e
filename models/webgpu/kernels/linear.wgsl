// y = x · Wᵀ (+ residual): x [rows, depth], W [columns, depth] in theta. The product itself is in
// linearDirect.wgsl and linearTiled.wgsl.
// RESIDUAL: whether `residual` [rows, columns] is added.
@group(0) @binding(2) var<storage, read> x: array<vec4f>;
@group(0) @binding(3) var<storage, read> residual: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4f>;

fn put(row: u32, column: u32, value: vec4f) {
  let at = row * sizes.columns + column;
  if (RESIDUAL) { y[at] = residual[at] + value; } else { y[at] = value; }
}
