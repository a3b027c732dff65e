// From logits to the next token of a live row, as ../../warpers.ts and ../../philox.ts define it;
// with it the token's log-probability and the entropy, both under logits / temperature before any
// truncation. Put before the kernels that draw. Nothing is sorted: a threshold is found by halving
// the interval of floats, whose bits are ordered as they are, at most 31 passes over the words.
// Needs `sizes.slots`, `run`, `rows`, `record`, and `logits` and `weights` [V up to eights, slots].

const FOURS = (VOCAB + 3u) / 4u;

fn word(slot: u32, j: u32) -> u32 {
  return j * sizes.slots + slot;
}

/// Where numbers 4i … 4i + 3 of a slot are.
fn fourAt(slot: u32, i: u32) -> vec4u {
  return word(slot, 4u * i) + sizes.slots * vec4u(0u, 1u, 2u, 3u);
}

fn weightsOf(slot: u32, i: u32) -> vec4f {
  let at = fourAt(slot, i);
  return vec4f(weights[at.x], weights[at.y], weights[at.z], weights[at.w]);
}

fn sumOf(v: vec4f) -> f32 {
  return (v.x + v.y) + (v.z + v.w);
}

/// Upper 32 bits of the product, by halves of 16 bits.
fn multiplyHigh(a: u32, b: u32) -> u32 {
  let low = (a & 0xffffu) * (b & 0xffffu);
  let middle = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
  let cross = (a & 0xffffu) * (b >> 16u) + (middle & 0xffffu);
  return (a >> 16u) * (b >> 16u) + (middle >> 16u) + (cross >> 16u);
}

/// First word of Philox4x32-10.
fn philox(counter: vec4u, firstKey: vec2u) -> u32 {
  var c = counter;
  var key = firstKey;
  for (var round = 0u; round < 10u; round++) {
    let high0 = multiplyHigh(0xd2511f53u, c.x);
    let high1 = multiplyHigh(0xcd9e8d57u, c.z);
    c = vec4u(high1 ^ c.y ^ key.x, 0xcd9e8d57u * c.z, high0 ^ c.w ^ key.y, 0xd2511f53u * c.x);
    key += vec2u(0x9e3779b9u, 0xbb67ae85u);
  }
  return c.x;
}

/// Uniform in [0, 1 - 2^-23], a multiple of 2^-23.
fn uniformOf(row: u32, t: u32) -> f32 {
  let bits = philox(vec4u(t, run.firstRow + row, run.step, 0u), vec2u(run.seed, run.purpose));
  return f32(bits >> 9u) * 0x1p-23f;
}

/// Weights at or above a threshold; everything else is 0.
fn keptOf(slot: u32, i: u32, threshold: u32) -> vec4f {
  let all = weightsOf(slot, i);
  return select(vec4f(), all, bitcast<vec4u>(all) >= vec4u(threshold));
}

/// Sum of the weights at or above a threshold.
fn massOf(slot: u32, threshold: u32) -> f32 {
  var mass = vec4f();
  for (var i = 0u; i < FOURS; i++) {
    mass += keptOf(slot, i, threshold);
  }
  return sumOf(mass);
}

fn countOf(slot: u32, threshold: u32) -> u32 {
  var count = vec4u();
  for (var i = 0u; i < FOURS; i++) {
    count += select(vec4u(), vec4u(1u), bitcast<vec4u>(weightsOf(slot, i)) >= vec4u(threshold));
  }
  return count.x + count.y + count.z + count.w;
}

/// The k-th largest weight: the highest threshold that k of them reach.
fn topKThreshold(slot: u32, top: u32) -> u32 {
  var low = 0u;
  var high = top;
  while (low < high) {
    let middle = high - (high - low) / 2u;
    if (countOf(slot, middle) >= run.topK) {
      low = middle;
    } else {
      high = middle - 1u;
    }
  }
  return low;
}

/// Of what `least` keeps, the lowest weight whose betters together stay below the share topP.
fn topPThreshold(slot: u32, top: u32, least: u32) -> u32 {
  let share = run.topP * massOf(slot, least);
  var low = least;
  var high = top;
  while (low < high) {
    let middle = low + (high - low) / 2u;
    if (massOf(slot, middle + 1u) < share) {
      high = middle;
    } else {
      low = middle + 1u;
    }
  }
  return low;
}

/// What all warpers together ask of a weight, as bits; `top` are those of the largest.
fn thresholdOf(slot: u32, top: u32) -> u32 {
  var threshold = 0u;
  if (run.topK > 0u && run.topK < VOCAB) {
    threshold = topKThreshold(slot, top);
  }
  if (run.topP < 1f) {
    threshold = topPThreshold(slot, top, threshold);
  }
  return max(threshold, bitcast<u32>(run.minP * bitcast<f32>(top)));
}

/// How many cumulative sums are at most u times the last one.
fn drawn(slot: u32, top: u32, u: f32) -> u32 {
  let threshold = thresholdOf(slot, top);
  var total = 0f;
  for (var i = 0u; i < FOURS; i++) {
    let kept = keptOf(slot, i, threshold);
    total = total + kept.x + kept.y + kept.z + kept.w;
  }
  let aim = u * total;
  var sum = 0f;
  for (var i = 0u; i < FOURS; i++) {
    let kept = keptOf(slot, i, threshold);
    let x = sum + kept.x;
    let y = x + kept.y;
    let z = y + kept.z;
    sum = z + kept.w;
    if (!(sum <= aim)) {
      return 4u * i + u32(x <= aim) + u32(y <= aim) + u32(z <= aim);
    }
  }
  return VOCAB - 1u;
}

/// The first of the largest logits.
fn likeliest(slot: u32) -> u32 {
  var token = 0u;
  var largest = logits[word(slot, 0u)];
  for (var j = 1u; j < VOCAB; j++) {
    let value = logits[word(slot, j)];
    if (value > largest) {
      largest = value;
      token = j;
    }
  }
  return token;
}

/// Draws token `t` of the completion of the row in this slot.
fn pick(slot: u32, row: u32, t: u32) {
  var token = likeliest(slot);
  let peak = logits[word(slot, token)] / run.temperature;
  var sums = vec4f();
  var products = vec4f();
  var tops = vec4u();
  for (var i = 0u; i < FOURS; i++) {
    let at = fourAt(slot, i);
    let four = vec4f(logits[at.x], logits[at.y], logits[at.z], logits[at.w]);
    let x = four / run.temperature - peak;
    let e = exp(x);
    weights[at.x] = e.x;
    weights[at.y] = e.y;
    weights[at.z] = e.z;
    weights[at.w] = e.w;
    sums += e;
    products += e * x;
    tops = max(tops, bitcast<vec4u>(e));
  }
  if (run.greedy == 0u) {
    token = drawn(slot, max(max(tops.x, tops.y), max(tops.z, tops.w)), uniformOf(row, t));
  }
  let sum = sumOf(sums);
  // With x = logit - largest: log p = x - log Σe^x, and -Σ p·log p = log Σe^x - Σ e^x·x / Σe^x.
  let at = t * 3u * run.rows + row;
  record[at] = f32(token);
  record[at + run.rows] = logits[word(slot, token)] / run.temperature - peak - log(sum);
  record[at + 2u * run.rows] = log(sum) - sumOf(products) / sum;
  rows[row].token = token;
  rows[row].position += 1u;
  rows[row].ended = u32(i32(token) == run.eos);
}
