// gateUp.wgsl, each invocation with 4 rows by 4 columns of gate and up in registers.
@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row = 4 * id.y;
  let column = id.x;
  if (column >= sizes.columns || row >= sizes.rows) { return; }
  let depth = sizes.depth;
  let toUp = 4 * sizes.columns * depth;
  var x0 = row * depth;
  var w0 = sizes.weight + 4 * column * depth;
  let end = x0 + depth;
  var g0 = vec4f();
  var g1 = vec4f();
  var g2 = vec4f();
  var g3 = vec4f();
  var u0 = vec4f();
  var u1 = vec4f();
  var u2 = vec4f();
  var u3 = vec4f();
  while (x0 < end) {
    let xa = x[x0];
    let xb = x[x0 + depth];
    let xc = x[x0 + 2 * depth];
    let xd = x[x0 + 3 * depth];
    var wa = theta[w0];
    var wb = theta[w0 + depth];
    var wc = theta[w0 + 2 * depth];
    var wd = theta[w0 + 3 * depth];
    g0 += vec4f(dot(xa, wa), dot(xa, wb), dot(xa, wc), dot(xa, wd));
    g1 += vec4f(dot(xb, wa), dot(xb, wb), dot(xb, wc), dot(xb, wd));
    g2 += vec4f(dot(xc, wa), dot(xc, wb), dot(xc, wc), dot(xc, wd));
    g3 += vec4f(dot(xd, wa), dot(xd, wb), dot(xd, wc), dot(xd, wd));
    let w1 = w0 + toUp;
    wa = theta[w1];
    wb = theta[w1 + depth];
    wc = theta[w1 + 2 * depth];
    wd = theta[w1 + 3 * depth];
    u0 += vec4f(dot(xa, wa), dot(xa, wb), dot(xa, wc), dot(xa, wd));
    u1 += vec4f(dot(xb, wa), dot(xb, wb), dot(xb, wc), dot(xb, wd));
    u2 += vec4f(dot(xc, wa), dot(xc, wb), dot(xc, wc), dot(xc, wd));
    u3 += vec4f(dot(xd, wa), dot(xd, wb), dot(xd, wc), dot(xd, wd));
    x0++;
    w0++;
  }
  put(row, column, g0, u0);
  put(row + 1, column, g1, u1);
  put(row + 2, column, g2, u2);
  put(row + 3, column, g3, u3);
}
