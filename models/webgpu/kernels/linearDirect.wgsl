// linear.wgsl, each invocation with 4 rows by 4 columns in registers, reading both operands along
// the depth: for devices without fast workgroup memory.
@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row = 4 * id.y;
  let column = id.x;
  if (column >= sizes.columns || row >= sizes.rows) { return; }
  let depth = sizes.depth;
  var x0 = row * depth;
  var w0 = sizes.weight + 4 * column * depth;
  let end = x0 + depth;
  var y0 = vec4f();
  var y1 = vec4f();
  var y2 = vec4f();
  var y3 = vec4f();
  while (x0 < end) {
    let wa = theta[w0];
    let wb = theta[w0 + depth];
    let wc = theta[w0 + 2 * depth];
    let wd = theta[w0 + 3 * depth];
    let xa = x[x0];
    y0 += vec4f(dot(xa, wa), dot(xa, wb), dot(xa, wc), dot(xa, wd));
    let xb = x[x0 + depth];
    y1 += vec4f(dot(xb, wa), dot(xb, wb), dot(xb, wc), dot(xb, wd));
    let xc = x[x0 + 2 * depth];
    y2 += vec4f(dot(xc, wa), dot(xc, wb), dot(xc, wc), dot(xc, wd));
    let xd = x[x0 + 3 * depth];
    y3 += vec4f(dot(xd, wa), dot(xd, wb), dot(xd, wc), dot(xd, wd));
    x0++;
    w0++;
  }
  put(row, column, y0);
  put(row + 1, column, y1);
  put(row + 2, column, y2);
  put(row + 3, column, y3);
}
