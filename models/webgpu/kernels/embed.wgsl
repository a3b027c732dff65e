// x[n] = table[ids[n]]: the rows of the embedding, one vec4 an invocation.
struct Sizes {
  tokens: u32,
  width: u32, // hidden size / 4
  table: u32, // offset in theta / 4
}
@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> theta: array<vec4f>;
@group(0) @binding(2) var<storage, read> ids: array<u32>;
@group(0) @binding(3) var<storage, read_write> x: array<vec4f>;

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= sizes.width || id.y >= sizes.tokens) { return; }
  x[id.y * sizes.width + id.x] = theta[sizes.table + ids[id.y] * sizes.width + id.x];
}
