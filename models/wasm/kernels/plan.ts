/**
 * Where the training pass keeps things (AssemblyScript): the sizes of the pass and the addresses
 * of its parameters, gradients, kept activations and scratch, laid one after the other by `plan`.
 * Addresses are in bytes, sizes in floats. Parameters lie in the order of models/parameters.ts, and
 * gradients likewise; the vocabulary is padded to whole blocks with rows of zeros, and the tokens
 * N = B·T to whole strips, likewise with zeros, so that no product has a tail.
 * Letters: B rows, T positions, V vocabulary, d hidden size, f intermediate size, L layers,
 * H heads, K key-value heads, D head size. d, f, H·D and K·D are multiples of eight.
 */
import { scratchBytes, slackBytes } from './attention';
import { BLOCK, roundUp, STRIP } from './gemm';
import { CHUNK, outerScratchBytes } from './panels';

export let B: i32 = 0;
export let T: i32 = 0;
export let V: i32 = 0;
export let d: i32 = 0;
export let f: i32 = 0;
export let L: i32 = 0;
export let H: i32 = 0;
export let K: i32 = 0;
export let D: i32 = 0;
/** V in whole blocks, tokens in whole strips, and the widths of queries and of keys. */
export let vocabulary: i32 = 0;
export let N: i32 = 0;
export let queryWidth: i32 = 0;
export let keyWidth: i32 = 0;

// Given by the caller: token ids and targets [B·T] int32, and the rotary tables [T, D].
export let ids: usize = 0;
export let targets: usize = 0;
export let cos: usize = 0;
export let sin: usize = 0;
/** [B·T]: the results, and the gradients with respect to them. */
export let logps: usize = 0;
export let dLogps: usize = 0;
export let entropies: usize = 0;
export let dEntropies: usize = 0;

let embedding: usize = 0;
let layers: usize = 0;
let layerSize: i32 = 0;
export let finalGain: usize = 0;
/** The output matrix [vocabulary, d]: the embedding itself where it is tied. */
export let head: usize = 0;
/** A parameter's address plus this is its gradient's. */
export let toGradient: usize = 0;
export let parameterBytes: usize = 0;

let activations: usize = 0;
let activationSize: i32 = 0;
export let finalInverse: usize = 0; // [N]

// Scratch: [N, d] but for those named otherwise.
export let normal: usize = 0;
export let dx: usize = 0;
export let dNormal: usize = 0;
export let gated: usize = 0; // [N, f]
export let dGate: usize = 0; // [N, f]
export let dUp: usize = 0; // [N, f]
export let dMixed: usize = 0; // [N, H·D]
export let dq: usize = 0; // [N, H·D]
export let dk: usize = 0; // [N, K·D]
export let dv: usize = 0; // [N, K·D]
export let logits: usize = 0; // [CHUNK, vocabulary]
export let panels: usize = 0; // any one matrix
export let headPanels: usize = 0; // [vocabulary, d]
export let outer: usize = 0;
export let attention: usize = 0;

let next: usize = 0;

function floats(count: usize): usize {
  const address = next;
  next += ((count + 3) & ~3) << 2;
  return address;
}

/** Lays everything out past the module's own data; the end, which the memory must reach. */
export function plan(
  b: i32,
  t: i32,
  v: i32,
  hidden: i32,
  intermediate: i32,
  layerCount: i32,
  heads: i32,
  kvHeads: i32,
  headDim: i32,
  tied: bool,
): usize {
  B = b;
  T = t;
  V = v;
  d = hidden;
  f = intermediate;
  L = layerCount;
  H = heads;
  K = kvHeads;
  D = headDim;
  vocabulary = roundUp(V, BLOCK);
  N = roundUp(B * T, STRIP);
  queryWidth = H * D;
  keyWidth = K * D;
  next = (__heap_base + 15) & ~15;
  ids = floats(N);
  targets = floats(N);
  cos = floats(T * D);
  sin = floats(T * D);
  logps = floats(N);
  dLogps = floats(N);
  entropies = floats(N);
  dEntropies = floats(N);
  planParameters(tied);
  activationSize = N * (2 * d + 2 * queryWidth + 2 * keyWidth + 2 * f + 2) + 2 * B * H * T;
  activationSize = roundUp(activationSize, STRIP);
  activations = floats(<usize>L * activationSize + N * d);
  finalInverse = floats(N);
  planScratch();
  return next;
}

function planParameters(tied: bool): void {
  embedding = floats(vocabulary * d);
  layerSize = 2 * d + d * (2 * queryWidth + 2 * keyWidth + 3 * f);
  layers = floats(<usize>L * layerSize);
  finalGain = floats(d);
  head = tied ? embedding : floats(vocabulary * d);
  parameterBytes = next - embedding;
  toGradient = floats(parameterBytes >> 2) - embedding;
}

function planScratch(): void {
  normal = floats(N * d);
  dx = floats(N * d);
  dNormal = floats(N * d);
  gated = floats(N * f);
  dGate = floats(N * f);
  dUp = floats(N * f);
  dMixed = floats(N * queryWidth);
  dq = floats(N * queryWidth);
  dk = floats(N * keyWidth);
  dv = floats(N * keyWidth);
  logits = floats(CHUNK * vocabulary);
  const widest = max(max(vocabulary, f), queryWidth); // K divides H
  panels = floats(<usize>d * widest);
  headPanels = floats(vocabulary * d);
  outer = floats(outerScratchBytes(widest, max(widest, d)) >> 2);
  attention = floats((scratchBytes(T, D) + slackBytes(H, D)) >> 2);
}

/** Address of the embedding, the first parameter. */
export function parameters(): usize {
  return embedding;
}

// A layer's parameters.
export function inputGain(layer: i32): usize {
  return layers + ((<usize>layer * layerSize) << 2);
}
export function wq(layer: i32): usize {
  return inputGain(layer) + (d << 2);
}
export function wk(layer: i32): usize {
  return wq(layer) + ((d * queryWidth) << 2);
}
export function wv(layer: i32): usize {
  return wk(layer) + ((d * keyWidth) << 2);
}
export function wo(layer: i32): usize {
  return wv(layer) + ((d * keyWidth) << 2);
}
export function mlpGain(layer: i32): usize {
  return wo(layer) + ((d * queryWidth) << 2);
}
export function wGate(layer: i32): usize {
  return mlpGain(layer) + (d << 2);
}
export function wUp(layer: i32): usize {
  return wGate(layer) + ((d * f) << 2);
}
export function wDown(layer: i32): usize {
  return wUp(layer) + ((d * f) << 2);
}

// A layer's kept activations. The stream of layer L is the network's last.
export function stream(layer: i32): usize {
  return activations + ((<usize>layer * activationSize) << 2); // [N, d]
}
export function q(layer: i32): usize {
  return stream(layer) + ((N * d) << 2); // [N, H·D], rotated
}
export function k(layer: i32): usize {
  return q(layer) + ((N * queryWidth) << 2); // [N, K·D], rotated
}
export function v(layer: i32): usize {
  return k(layer) + ((N * keyWidth) << 2); // [N, K·D]
}
export function mixed(layer: i32): usize {
  return v(layer) + ((N * keyWidth) << 2); // [N, H·D]
}
export function middle(layer: i32): usize {
  return mixed(layer) + ((N * queryWidth) << 2); // [N, d], between attention and MLP
}
export function gate(layer: i32): usize {
  return middle(layer) + ((N * d) << 2); // [N, f]
}
export function up(layer: i32): usize {
  return gate(layer) + ((N * f) << 2); // [N, f]
}
export function inputInverse(layer: i32): usize {
  return up(layer) + ((N * f) << 2); // [N]
}
export function mlpInverse(layer: i32): usize {
  return inputInverse(layer) + (N << 2); // [N]
}
export function statistics(layer: i32): usize {
  return mlpInverse(layer) + (N << 2); // [B, H, T, 2]
}

/** Zeros in the rows of x [N, width] past the last token. */
export function clearPadding(x: usize, width: i32): void {
  const tokens = B * T;
  memory.fill(x + ((tokens * width) << 2), 0, ((N - tokens) * width) << 2);
}
