// The gradient of embed.wgsl to the table: each of its rows adds up dx of the tokens that show
// it, in their order within each share of them (no atomics); reduceShares.wgsl adds the shares up.
// TIED: the output layer has written its gradient of the same rows before, and this adds to it.
struct Sizes {
  tokens: u32,
  width: u32, // hidden size / 4
  vocab: u32,
  share: u32, // tokens of a share
  target_: u32, // offset of the table in the flat gradient / 4
  stride: u32, // of a share's flat gradient / 4
}
@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> ids: array<u32>;
@group(0) @binding(2) var<storage, read> dx: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> partial: array<vec4f>;

@compute @workgroup_size(8, 8, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= sizes.width || id.y >= sizes.vocab) { return; }
  let at = id.z * sizes.stride + sizes.target_ + id.y * sizes.width + id.x;
  let begin = min(id.z * sizes.share, sizes.tokens);
  let end = min(begin + sizes.share, sizes.tokens);
  var sum = vec4f();
  if (TIED) { sum = partial[at]; }
  for (var token = begin; token < end; token++) {
    if (ids[token] == id.y) { sum += dx[token * sizes.width + id.x]; }
  }
  partial[at] = sum;
}
