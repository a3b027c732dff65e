/**
 * A Llama decoder's pass over one new token per row, and the choice of the next (AssemblyScript):
 * `advance` runs the layers and fills the caches, `pick` takes the head and draws. ../rolloutLoop.ts
 * lays out the memory and drives them; ../../decoder.ts says the same in tensors. Rows come in any
 * number and order: nothing of a row's arithmetic depends on the others, nor on their count.
 * Letters: N rows, d hidden size, f inner size, H heads, K key-value heads, D head size.
 */
import { attendHead, attentionScratchBytes } from './cachedAttention';
import { normRow, rotateHead, swigluRow } from './decoderRows';
import { BLOCK, roundUp, STRIP } from './gemm';
import { multiplyPanels, panelBytes } from './weightPanels';
import { pickToken } from './pickToken';
import { storeRow } from './rows';

/** The policy's sizes and where its weights lie; written by ../rolloutWeights.ts in this order. */
@unmanaged
class Model {
  d: i32;
  f: i32;
  layers: i32;
  H: i32;
  K: i32;
  D: i32;
  vocab: i32;
  epsilon: f32;
  /** [vocab, d], rows padded to whole blocks with zeros. */
  embedding: usize;
  /** Tables [positions, D]. */
  cos: usize;
  sin: usize;
  /** The layers, one after the other: norm, q+k+v, o, norm, gate+up, down; then the last norm. */
  firstLayer: usize;
  /** Panels of [vocab, d]. */
  head: usize;
}

/** One row; written by ../rolloutLoop.ts in this order. */
@unmanaged
class Row {
  /** In: the token to be read. Out, of `pick`: the token that follows. */
  token: i32;
  /** Of the token to be read. */
  position: i32;
  /** Columns 0 … sharedCount − 1 lie in the cache at `shared`, the later ones in that at `own`. */
  shared: usize;
  sharedCount: i32;
  own: usize;
  /** In [0, 1 − 2⁻²³]. */
  uniform: f32;
  /** Out, of `pick`. */
  logp: f32;
  entropy: f32;
}

/** Bytes of a row's entry. */
const ROW: usize = 32;

/** Bytes of a row of n floats padded to whole blocks. */
@inline
function wideBytes(n: i32): usize {
  return (<usize>roundUp(n, BLOCK)) << 2;
}

@inline
function rowAt(rows: usize, i: i32): Row {
  return changetype<Row>(rows + i * ROW);
}

/** A cache holds for each layer the keys [K, columns, D], then the values; bytes of all layers. */
export function cacheBytes(model: Model, columns: i32): usize {
  return (2 * model.layers * columns * model.K * model.D) << 2;
}

/** Scratch of `advance` and `pick` for N rows that reach `columns` columns. */
export function scratchBytes(model: Model, N: i32, columns: i32): usize {
  const qkv = (model.H + 2 * model.K) * model.D;
  const ofRow =
    2 * wideBytes(model.d) +
    wideBytes(qkv) +
    wideBytes(model.H * model.D) +
    2 * wideBytes(model.f) +
    2 * wideBytes(model.vocab);
  return roundUp(N, STRIP) * ofRow + attentionScratchBytes(columns);
}

/** Rotates q in place, appends k and v to the cache, and mixes the values: qkv -> mixed [H·D]. */
function attendRow(
  model: Model,
  row: Row,
  layer: i32,
  qkv: usize,
  mixed: usize,
  ownColumns: i32,
  sharedColumns: i32,
  scratch: usize,
): void {
  const H = model.H;
  const K = model.K;
  const D = model.D;
  const headBytes: usize = D << 2;
  const at = row.position * headBytes;
  const count = row.position - row.sharedCount + 1;
  const ownHead = ownColumns * headBytes;
  const sharedHead = sharedColumns * headBytes;
  const own = row.own + 2 * layer * K * ownHead;
  const shared = row.shared + 2 * layer * K * sharedHead;
  const k = qkv + H * headBytes;
  const v = k + K * headBytes;
  const newest = own + (count - 1) * headBytes;
  for (let h = 0; h < K; h++) {
    rotateHead(k + h * headBytes, model.cos + at, model.sin + at, D, newest + h * ownHead);
    storeRow(v + h * headBytes, 1, newest + (K + h) * ownHead, D);
  }
  for (let h = 0; h < H; h++) {
    const q = qkv + h * headBytes;
    const kv = h / (H / K);
    rotateHead(q, model.cos + at, model.sin + at, D, q);
    attendHead(
      q,
      shared + kv * sharedHead,
      shared + (K + kv) * sharedHead,
      row.sharedCount,
      own + kv * ownHead,
      own + (K + kv) * ownHead,
      count,
      scratch,
      mixed + h * headBytes,
      D,
    );
  }
}

/**
 * Runs the layers on one token of each of N rows. Their own caches have `ownColumns` columns, the
 * shared ones `sharedColumns`. Hidden states [N, d] are left at the start of the scratch.
 */
export function advance(
  model: Model,
  rows: usize,
  N: i32,
  ownColumns: i32,
  sharedColumns: i32,
  scratch: usize,
): void {
  const d = model.d;
  const f = model.f;
  const wide = roundUp(d, BLOCK);
  const qkvOut = (model.H + 2 * model.K) * model.D;
  const mixedOut = model.H * model.D;
  const fWide = roundUp(f, BLOCK);
  const xRow = wideBytes(d);
  const qkvRow = wideBytes(qkvOut);
  const mixedRow = wideBytes(mixedOut);
  const upAt = wideBytes(f);
  const innerRow = 2 * upAt;
  const R = roundUp(N, STRIP);
  const x = scratch; // [R, d]
  const h = x + R * xRow; // [R, d]
  const qkv = h + R * xRow; // [R, (H + 2K)·D]
  const mixed = qkv + R * qkvRow; // [R, H·D]
  const inner = mixed + R * mixedRow; // [R, 2f]: gates, then ups
  const attentionScratch = inner + R * innerRow;
  for (let i = 0; i < N; i++) {
    memory.copy(x + i * xRow, model.embedding + rowAt(rows, i).token * xRow, xRow);
  }
  let weights = model.firstLayer;
  for (let layer = 0; layer < model.layers; layer++) {
    for (let i = 0; i < N; i++) normRow(x + i * xRow, weights, model.epsilon, d, wide, h + i * xRow);
    weights += xRow;
    multiplyPanels(h, xRow, N, weights, qkvOut, d, qkv, qkvRow, false);
    weights += panelBytes(qkvOut, d);
    for (let i = 0; i < N; i++) {
      const row = rowAt(rows, i);
      const from = qkv + i * qkvRow;
      const to = mixed + i * mixedRow;
      attendRow(model, row, layer, from, to, ownColumns, sharedColumns, attentionScratch);
    }
    multiplyPanels(mixed, mixedRow, N, weights, d, mixedOut, x, xRow, true);
    weights += panelBytes(d, mixedOut);
    for (let i = 0; i < N; i++) normRow(x + i * xRow, weights, model.epsilon, d, wide, h + i * xRow);
    weights += xRow;
    multiplyPanels(h, xRow, N, weights, 2 * fWide, d, inner, innerRow, false);
    weights += panelBytes(2 * fWide, d);
    for (let i = 0; i < N; i++) swigluRow(inner + i * innerRow, inner + i * innerRow + upAt, fWide);
    multiplyPanels(inner, innerRow, N, weights, d, f, x, xRow, true);
    weights += panelBytes(d, f);
  }
  for (let i = 0; i < N; i++) normRow(x + i * xRow, weights, model.epsilon, d, wide, x + i * xRow);
}

/** After `advance` of the same rows: each row's next token, its log-probability and entropy. */
export function pick(
  model: Model,
  rows: usize,
  N: i32,
  temperature: f32,
  greedy: bool,
  scratch: usize,
): void {
  const V = model.vocab;
  const xRow = wideBytes(model.d);
  const logitsRow = wideBytes(V);
  const logits = scratch + roundUp(N, STRIP) * xRow; // [R, V]
  const weights = logits + roundUp(N, STRIP) * logitsRow; // [V]
  multiplyPanels(scratch, xRow, N, model.head, V, model.d, logits, logitsRow, false);
  for (let i = 0; i < N; i++) {
    const row = rowAt(rows, i);
    const record = changetype<usize>(row) + offsetof<Row>('logp');
    const at = logits + i * logitsRow;
    row.token = pickToken(at, weights, V, temperature, greedy, row.uniform, record);
  }
}
