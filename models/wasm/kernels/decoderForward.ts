/**
 * The policy's forward pass to the log-probabilities of given targets (AssemblyScript): the
 * layers of models/decoder.ts, with everything that the backward pass reads kept where plan.ts
 * says. Weights are [out, in] and are packed just before use.
 */
import { forward as attend } from './attention';
import { gateRows, normaliseRows, rotateRows } from './layers';
import { entropy, logp, maskPadding } from './logps';
import { CHUNK, multiply, multiplyAdd, packRows } from './panels';
import * as plan from './plan';

/** to [N, out] = x [N, depth] · Wᵀ for weights [out, depth]. */
function project(x: usize, depth: i32, weights: usize, out: i32, to: usize): void {
  packRows(weights, out, depth, plan.panels);
  multiply(x, plan.panels, depth, to, plan.N, out);
}

/** to [N, d] = base [N, d] + x [N, depth] · Wᵀ for weights [d, depth]. */
function projectOnto(base: usize, x: usize, depth: i32, weights: usize, to: usize): void {
  memory.copy(to, base, (plan.N * plan.d) << 2);
  packRows(weights, plan.d, depth, plan.panels);
  multiplyAdd(x, plan.panels, depth, to, plan.N, plan.d);
}

function embed(): void {
  const row: usize = plan.d << 2;
  const x = plan.stream(0);
  const tokens: i32 = plan.B * plan.T;
  for (let n = 0; n < tokens; n++) {
    const id: usize = load<u32>(plan.ids + ((<usize>n) << 2));
    memory.copy(x + n * row, plan.parameters() + id * row, row);
  }
  memory.fill(x + tokens * row, 0, (plan.N - tokens) * row);
}

function attentionBlock(layer: i32, epsilon: f32): void {
  const N = plan.N;
  const d = plan.d;
  const x = plan.stream(layer);
  const h = plan.normal;
  const q = plan.q(layer);
  const k = plan.k(layer);
  const v = plan.v(layer);
  const mixed = plan.mixed(layer);
  normaliseRows(x, plan.inputGain(layer), epsilon, plan.inputInverse(layer), h, N, d);
  project(h, d, plan.wq(layer), plan.queryWidth, q);
  project(h, d, plan.wk(layer), plan.keyWidth, k);
  project(h, d, plan.wv(layer), plan.keyWidth, v);
  rotateRows(q, plan.cos, plan.sin, plan.B, plan.T, plan.H, plan.D, false);
  rotateRows(k, plan.cos, plan.sin, plan.B, plan.T, plan.K, plan.D, false);
  plan.clearPadding(mixed, plan.queryWidth);
  const statistics = plan.statistics(layer);
  const scratch = plan.attention;
  attend(q, k, v, mixed, statistics, scratch, plan.B, plan.T, plan.H, plan.K, plan.D);
  projectOnto(x, mixed, plan.queryWidth, plan.wo(layer), plan.middle(layer));
}

function mlpBlock(layer: i32, epsilon: f32): void {
  const N = plan.N;
  const d = plan.d;
  const f = plan.f;
  const x = plan.middle(layer);
  const h = plan.normal;
  normaliseRows(x, plan.mlpGain(layer), epsilon, plan.mlpInverse(layer), h, N, d);
  project(h, d, plan.wGate(layer), f, plan.gate(layer));
  project(h, d, plan.wUp(layer), f, plan.up(layer));
  gateRows(plan.gate(layer), plan.up(layer), plan.gated, N * f);
  projectOnto(x, plan.gated, f, plan.wDown(layer), plan.stream(layer + 1));
}

/** Log-probabilities, perhaps entropies; logits exist for one chunk of tokens at a time. */
function outputLogps(epsilon: f32, temperature: f32, entropies: bool): void {
  const d = plan.d;
  const x = plan.stream(plan.L);
  const h = plan.normal;
  normaliseRows(x, plan.finalGain, epsilon, plan.finalInverse, h, plan.N, d);
  packRows(plan.head, plan.vocabulary, d, plan.headPanels);
  const row: usize = plan.vocabulary << 2;
  for (let from = 0; from < plan.N; from += CHUNK) {
    const count = min(CHUNK, plan.N - from);
    const chunk = h + ((<usize>from * d) << 2);
    multiply(chunk, plan.headPanels, d, plan.logits, count, plan.vocabulary);
    for (let i = 0; i < count; i++) {
      const logits = plan.logits + i * row;
      const at = (<usize>(from + i)) << 2;
      maskPadding(logits, plan.V, plan.vocabulary);
      if (entropies) store<f32>(plan.entropies + at, entropy(logits, plan.vocabulary, temperature));
      store<f32>(plan.logps + at, logp(logits, load<u32>(plan.targets + at), plan.vocabulary, temperature));
    }
  }
}

/**
 * Fills `plan.logps`, and `plan.entropies` where they are asked for, from the ids, targets, tables
 * and parameters that the caller has put.
 */
export function forward(epsilon: f32, temperature: f32, entropies: bool): void {
  embed();
  for (let layer = 0; layer < plan.L; layer++) {
    attentionBlock(layer, epsilon);
    mlpBlock(layer, epsilon);
  }
  outputLogps(epsilon, temperature, entropies);
}
