/**
 * The policy's backward pass (AssemblyScript): from the gradient of the log-probabilities, perhaps
 * of the entropies too, to that of every parameter, over the activations that decoderForward.ts kept. What is cheap to compute
 * again (normalised rows, gated rows, logits) was not kept. Gradients add up in a fixed order:
 * the head's first, then the layers' from the top, then the embedding's, token by token.
 */
import { backward as attendBackward } from './attention';
import { gateRowsBackward, normaliseRowsBackward, rotateRows, scaleRows } from './layers';
import { logpBackward, logpEntropyBackward, maskPadding } from './logps';
import { addOuter, CHUNK, multiply, multiplyAdd, packColumns, packRows } from './panels';
import * as plan from './plan';

/** For y [N, out] = x · Wᵀ, weights [out, depth]: the gradient of W, given dy and x [N, depth]. */
function learn(dy: usize, x: usize, depth: i32, weights: usize, out: i32): void {
  addOuter(dy, x, plan.N, weights + plan.toGradient, out, depth, plan.outer);
}

/** And that of x: to [N, depth] = dy [N, out] · W. */
function pullBack(dy: usize, out: i32, weights: usize, depth: i32, to: usize): void {
  packColumns(weights, depth << 2, out, depth, plan.panels);
  multiply(dy, plan.panels, out, to, plan.N, depth);
}

/** As `pullBack`, added to what is there. */
function pullBackOnto(dy: usize, out: i32, weights: usize, depth: i32, to: usize): void {
  packColumns(weights, depth << 2, out, depth, plan.panels);
  multiplyAdd(dy, plan.panels, out, to, plan.N, depth);
}

/** Through a norm: adds to dx, given its rows x, their inverse root mean squares, and dNormal. */
function normBackward(x: usize, gain: usize, inverse: usize): void {
  const dGain = gain + plan.toGradient;
  normaliseRowsBackward(x, gain, inverse, plan.dNormal, plan.dx, dGain, plan.N, plan.d);
}

function outputBackward(temperature: f32, entropies: bool): void {
  const d = plan.d;
  const width = plan.vocabulary;
  const x = plan.stream(plan.L);
  const h = plan.normal;
  scaleRows(x, plan.finalGain, plan.finalInverse, h, plan.N, d);
  packRows(plan.head, width, d, plan.headPanels);
  packColumns(plan.head, d << 2, width, d, plan.panels);
  for (let from = 0; from < plan.N; from += CHUNK) {
    const count = min(CHUNK, plan.N - from);
    const start = (<usize>from * d) << 2;
    multiply(h + start, plan.headPanels, d, plan.logits, count, width);
    for (let i = 0; i < count; i++) {
      const logits = plan.logits + ((<usize>i * width) << 2);
      const at = (<usize>(from + i)) << 2;
      maskPadding(logits, plan.V, width);
      const target = load<u32>(plan.targets + at);
      const dLogp = load<f32>(plan.dLogps + at);
      if (entropies) {
        const dEntropy = load<f32>(plan.dEntropies + at);
        logpEntropyBackward(logits, target, width, temperature, dLogp, dEntropy);
      } else {
        logpBackward(logits, target, width, temperature, dLogp);
      }
    }
    addOuter(plan.logits, h + start, count, plan.head + plan.toGradient, width, d, plan.outer);
    multiply(plan.logits, plan.panels, width, plan.dNormal + start, count, d);
  }
  memory.fill(plan.dx, 0, (plan.N * d) << 2);
  normBackward(x, plan.finalGain, plan.finalInverse);
}

function mlpBackward(layer: i32): void {
  const d = plan.d;
  const f = plan.f;
  const x = plan.middle(layer);
  const gain = plan.mlpGain(layer);
  const inverse = plan.mlpInverse(layer);
  const dGated = plan.dUp; // dUp overwrites it number by number
  pullBack(plan.dx, d, plan.wDown(layer), f, dGated);
  const gate = plan.gate(layer);
  const up = plan.up(layer);
  gateRowsBackward(gate, up, dGated, plan.gated, plan.dGate, plan.dUp, plan.N * f);
  learn(plan.dx, plan.gated, f, plan.wDown(layer), d);
  scaleRows(x, gain, inverse, plan.normal, plan.N, d);
  learn(plan.dGate, plan.normal, d, plan.wGate(layer), f);
  learn(plan.dUp, plan.normal, d, plan.wUp(layer), f);
  pullBack(plan.dGate, f, plan.wGate(layer), d, plan.dNormal);
  pullBackOnto(plan.dUp, f, plan.wUp(layer), d, plan.dNormal);
  normBackward(x, gain, inverse);
}

function attentionBackward(layer: i32): void {
  const d = plan.d;
  const x = plan.stream(layer);
  const gain = plan.inputGain(layer);
  const inverse = plan.inputInverse(layer);
  const mixed = plan.mixed(layer);
  const dq = plan.dq;
  const dk = plan.dk;
  const dv = plan.dv;
  pullBack(plan.dx, d, plan.wo(layer), plan.queryWidth, plan.dMixed);
  learn(plan.dx, mixed, plan.queryWidth, plan.wo(layer), d);
  plan.clearPadding(dq, plan.queryWidth);
  plan.clearPadding(dk, plan.keyWidth);
  plan.clearPadding(dv, plan.keyWidth);
  attendBackward(
    plan.q(layer),
    plan.k(layer),
    plan.v(layer),
    mixed,
    plan.statistics(layer),
    plan.dMixed,
    dq,
    dk,
    dv,
    plan.attention,
    plan.B,
    plan.T,
    plan.H,
    plan.K,
    plan.D,
  );
  rotateRows(dq, plan.cos, plan.sin, plan.B, plan.T, plan.H, plan.D, true);
  rotateRows(dk, plan.cos, plan.sin, plan.B, plan.T, plan.K, plan.D, true);
  scaleRows(x, gain, inverse, plan.normal, plan.N, d);
  learn(dq, plan.normal, d, plan.wq(layer), plan.queryWidth);
  learn(dk, plan.normal, d, plan.wk(layer), plan.keyWidth);
  learn(dv, plan.normal, d, plan.wv(layer), plan.keyWidth);
  pullBack(dq, plan.queryWidth, plan.wq(layer), d, plan.dNormal);
  pullBackOnto(dk, plan.keyWidth, plan.wk(layer), d, plan.dNormal);
  pullBackOnto(dv, plan.keyWidth, plan.wv(layer), d, plan.dNormal);
  normBackward(x, gain, inverse);
}

function embedBackward(): void {
  const row: usize = plan.d << 2;
  const table = plan.parameters() + plan.toGradient;
  for (let n = 0; n < plan.B * plan.T; n++) {
    const from = plan.dx + n * row;
    const to = table + (<usize>load<u32>(plan.ids + ((<usize>n) << 2))) * row;
    for (let i: usize = 0; i < row; i += 16) {
      v128.store(to + i, f32x4.add(v128.load(to + i), v128.load(from + i)));
    }
  }
}

/**
 * Fills the gradients from `plan.dLogps`, `plan.dEntropies` where these count, and what the latest
 * forward pass left.
 */
export function backward(temperature: f32, entropies: bool): void {
  memory.fill(plan.parameters() + plan.toGradient, 0, plan.parameterBytes);
  outputBackward(temperature, entropies);
  for (let layer = plan.L - 1; layer >= 0; layer--) {
    mlpBackward(layer);
    attentionBackward(layer);
  }
  embedBackward();
}
