// linearInput.wgsl, each invocation with 4 rows by 4 columns in registers, reading dy along the depth.
@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row = 4 * id.y;
  let column = id.x;
  if (column >= sizes.columns || row >= sizes.rows) { return; }
  let depth = sizes.depth;
  let columns = sizes.columns;
  var at = row * depth;
  var w0 = sizes.weight + column;
  let end = at + depth;
  var x0 = vec4f();
  var x1 = vec4f();
  var x2 = vec4f();
  var x3 = vec4f();
  while (at < end) {
    let wa = theta[w0];
    let wb = theta[w0 + columns];
    let wc = theta[w0 + 2 * columns];
    let wd = theta[w0 + 3 * columns];
    let a = dy[at];
    x0 += a.x * wa + a.y * wb + a.z * wc + a.w * wd;
    let b = dy[at + depth];
    x1 += b.x * wa + b.y * wb + b.z * wc + b.w * wd;
    let c = dy[at + 2 * depth];
    x2 += c.x * wa + c.y * wb + c.z * wc + c.w * wd;
    let d = dy[at + 3 * depth];
    x3 += d.x * wa + d.y * wb + d.z * wc + d.w * wd;
    at++;
    w0 += 4 * columns;
  }
  put(row, column, x0);
  put(row + 1, column, x1);
  put(row + 2, column, x2);
  put(row + 3, column, x3);
}
