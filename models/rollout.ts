/**
 * Batched autoregressive sampling with a KV cache. Prompts of different lengths share a batch:
 * each row is packed from position 0, so a new token of row b goes to position length_b + t.
 * Nothing is read back per token; every `pollEvery` tokens one number (are all rows done?) is.
 * Draws are addressed by (seed, purpose, step, row, position): a row's tokens depend on the row's
 * number and never on the batch it sits in, nor on when the loop stops.
 * Where the backend registers the kernel 'Rollout' it does rollouts of plain Llama policies whole
 * (`kernelTakes` says which); the loop of tensor ops here is its oracle and serves the rest.
 */
import * as tf from '@tensorflow/tfjs-core';
import {
  hiddenStates,
  outputLogits,
  rotationOfColumns,
  rotationOfRows,
  type Attend,
} from './decoder.ts';
import type { DecoderConfig } from './decoderConfig.ts';
import { causalAttention } from './ops/causalAttention.ts';
import { appendToCache, decodeAttention } from './ops/decodeAttention.ts';
import { hasKernel } from './ops/hasKernel.ts';
import { entropies, tokenLogps } from './ops/tokenLogps.ts';
import { randomUniform, type Purpose } from './philox.ts';
import type { Policy } from './policy.ts';
import { drawTokens, upperTriangle, warpedProbabilities, type Warping } from './warpers.ts';

export interface RolloutRequest {
  /** Token ids of each row's prompt, bos included; lengths may differ, none empty. */
  promptIds: readonly (readonly number[])[];
  maxNewTokens: number;
  eosId: number;
  padId: number;
  warping: Warping;
  /** 'greedy' takes the likeliest token; otherwise the address of the draws. */
  draw: 'greedy' | { seed: number; purpose: Purpose; step: number; firstRow?: number };
}

export interface RolloutRow {
  promptIds: readonly number[];
  /** Sampled ids, eos included where the row ended by itself. */
  completionIds: number[];
  /** log π(token) / under logits ÷ temperature, before top_k, top_p and min_p; per token. */
  samplingLogps: number[];
  /** Entropy in nats of the same distribution; per token. */
  entropies: number[];
  finishReason: 'eos' | 'length';
}

/** Prompt columns are padded to a multiple of this, so that few shapes occur. */
export const promptRounding = 4;
/** Tokens between two looks at whether every row has ended; a look costs a round trip on a GPU. */
const pollEvery: Record<string, number> = { webgpu: 16, wasm: 1, cpu: 1 };

// Types, not interfaces: tf.tidy only returns what is an index-signature-compatible type.
type Cache = { k: tf.Tensor4D[]; v: tf.Tensor4D[] };

/** What goes from one token to the next. */
type State = {
  cache: Cache;
  /** [B, V], of the position to be drawn. */
  logits: tf.Tensor2D;
  /** [B] int32, of the token to be drawn. */
  positions: tf.Tensor1D;
  /** [B], 1 once a row has drawn eos. */
  ended: tf.Tensor1D;
};

function padPrompts(
  prompts: readonly (readonly number[])[],
  padId: number,
): { ids: tf.Tensor2D; columns: number } {
  const longest = Math.max(...prompts.map((p) => p.length));
  const columns = Math.ceil(longest / promptRounding) * promptRounding;
  const flat = new Int32Array(prompts.length * columns).fill(padId);
  prompts.forEach((prompt, row) => {
    flat.set(prompt, row * columns);
  });
  return { ids: tf.tensor2d(flat, [prompts.length, columns], 'int32'), columns };
}

/** Runs the prompts once: fills the cache and gives the logits of each row's last token. */
function prefill(
  policy: Policy,
  prompts: readonly (readonly number[])[],
  padId: number,
  capacity: number,
): { cache: Cache; logits: tf.Tensor2D } {
  const { config, parameters, ropeTable } = policy;
  const { ids, columns } = padPrompts(prompts, padId);
  const rows = prompts.length;
  const lengths = tf.tensor1d(
    prompts.map((p) => p.length),
    'int32',
  );
  const valid = tf.reshape(
    tf.cast(tf.less(tf.range(0, columns, 1, 'int32'), tf.expandDims(lengths, 1)), 'float32'),
    [rows, columns, 1, 1],
  );
  const cache: Cache = { k: [], v: [] };
  const store = (x: tf.Tensor4D): tf.Tensor4D =>
    tf.pad(tf.mul(x, valid), [
      [0, 0],
      [0, capacity - columns],
      [0, 0],
      [0, 0],
    ]);
  const attend: Attend = (layer, q, k, v) => {
    cache.k[layer] = store(k);
    cache.v[layer] = store(v);
    return causalAttention(q, k, v);
  };
  const rotation = rotationOfColumns(ropeTable, columns);
  const hidden = hiddenStates(parameters, config, ids, rotation, attend); // [B·P, d]
  const last = tf.tensor1d(
    prompts.map((p, row) => row * columns + p.length - 1),
    'int32',
  );
  return { cache, logits: outputLogits(parameters, config, tf.gather(hidden, last)) };
}

/** One token further: writes the cache at `positions` [B] and gives logits [B, V]. */
function decode(
  policy: Policy,
  cache: Cache,
  tokens: tf.Tensor1D,
  positions: tf.Tensor1D,
): { cache: Cache; logits: tf.Tensor2D } {
  const { config, parameters, ropeTable } = policy;
  const next: Cache = { k: [], v: [] };
  const attend: Attend = (layer, q, k, v) => {
    const oldK = cache.k[layer];
    const oldV = cache.v[layer];
    if (!oldK || !oldV) throw new Error(`internal: no cache for layer ${String(layer)}`);
    const newK = appendToCache(oldK, k, positions);
    const newV = appendToCache(oldV, v, positions);
    next.k[layer] = newK;
    next.v[layer] = newV;
    return decodeAttention(q, newK, newV, positions);
  };
  const rotation = rotationOfRows(ropeTable, positions);
  const hidden = hiddenStates(parameters, config, tf.expandDims(tokens, 1), rotation, attend);
  return { cache: next, logits: outputLogits(parameters, config, hidden) };
}

/** Uniforms [T, B] of a whole rollout in one upload. */
function uniformsOf(request: RolloutRequest): tf.Tensor2D | null {
  const { draw, maxNewTokens, promptIds } = request;
  if (draw === 'greedy') return null;
  const rows = promptIds.length;
  const firstRow = draw.firstRow ?? 0;
  const values = new Float32Array(maxNewTokens * rows);
  for (let t = 0; t < maxNewTokens; t++) {
    for (let row = 0; row < rows; row++) {
      values[t * rows + row] = randomUniform(draw.seed, draw.purpose, draw.step, firstRow + row, t);
    }
  }
  return tf.tensor2d(values, [maxNewTokens, rows]);
}

/** What one position adds to the record: token, log-probability and entropy, each [B] float32. */
function pickTokens(
  logits: tf.Tensor2D,
  warping: Warping,
  uniforms: tf.Tensor1D | null,
  upper: tf.Tensor2D,
): { tokens: tf.Tensor1D; record: tf.Tensor2D } {
  const tokens = uniforms
    ? drawTokens(warpedProbabilities(logits, warping), uniforms, upper)
    : tf.argMax<tf.Tensor1D>(logits, 1);
  const record = tf.stack([
    tf.cast(tokens, 'float32'),
    tokenLogps(logits, tokens, warping.temperature),
    entropies(logits, warping.temperature),
  ]) as tf.Tensor2D; // [3, B]
  return { tokens, record };
}

async function allEnded(ended: tf.Tensor1D): Promise<boolean> {
  const left = tf.tidy(() => tf.min(ended));
  const [value] = await left.data();
  left.dispose();
  return value === 1;
}

/** Cuts the packed record [T, 3, B] into rows, each up to and including its eos. */
function unpack(record: ArrayLike<number>, steps: number, request: RolloutRequest): RolloutRow[] {
  const rows = request.promptIds.length;
  const at = (t: number, what: number, row: number): number =>
    record[(t * 3 + what) * rows + row] ?? 0;
  return request.promptIds.map((promptIds, row) => {
    const result: RolloutRow = {
      promptIds,
      completionIds: [],
      samplingLogps: [],
      entropies: [],
      finishReason: 'length',
    };
    for (let t = 0; t < steps && result.finishReason === 'length'; t++) {
      const token = at(t, 0, row);
      result.completionIds.push(token);
      result.samplingLogps.push(at(t, 1, row));
      result.entropies.push(at(t, 2, row));
      if (token === request.eosId) result.finishReason = 'eos';
    }
    return result;
  });
}

/** Columns of the cache that a request needs; an error where the policy has no such positions. */
function capacityOf({ config }: Policy, { promptIds, maxNewTokens }: RolloutRequest): number {
  const longest = Math.max(...promptIds.map((p) => p.length));
  const capacity = Math.ceil(longest / promptRounding) * promptRounding + maxNewTokens;
  if (capacity > config.maxPositionEmbeddings) {
    throw new Error(
      `internal: ${String(capacity)} positions exceed ${String(config.maxPositionEmbeddings)}`,
    );
  }
  return capacity;
}

/** The rollout as a composition of tensor ops: the oracle, and what serves where no kernel does. */
export async function rolloutReference(
  policy: Policy,
  request: RolloutRequest,
): Promise<RolloutRow[]> {
  const { promptIds, maxNewTokens, eosId, padId, warping } = request;
  const capacity = capacityOf(policy, request);
  const poll = pollEvery[tf.getBackend()] ?? 1;
  const records: tf.Tensor2D[] = [];
  const upper = upperTriangle(policy.config.vocabSize);
  const uniforms = uniformsOf(request);
  const eos = tf.scalar(eosId, 'int32');
  let state = tf.tidy((): State => {
    const { cache, logits } = prefill(policy, promptIds, padId, capacity);
    return {
      cache,
      logits,
      positions: tf.tensor1d(
        promptIds.map((p) => p.length),
        'int32',
      ),
      ended: tf.zeros<tf.Rank.R1>([promptIds.length]),
    };
  });
  const one = tf.scalar(1, 'int32');
  for (let t = 0; t < maxNewTokens; t++) {
    const previous = state;
    state = tf.tidy((): State => {
      const row = uniforms
        ? tf.reshape<tf.Rank.R1>(tf.slice(uniforms, [t, 0], [1, -1]), [-1])
        : null;
      const { tokens, record } = pickTokens(previous.logits, warping, row, upper);
      records.push(tf.keep(record));
      const isEos = tf.cast(tf.equal(tokens, eos), 'float32');
      const ended: tf.Tensor1D = tf.maximum(previous.ended, isEos);
      if (t === maxNewTokens - 1) return { ...previous, ended };
      const { cache, logits } = decode(policy, previous.cache, tokens, previous.positions);
      return { cache, logits, positions: tf.add(previous.positions, one), ended };
    });
    disposeReplaced(previous, state);
    if ((t + 1) % poll === 0 && (await allEnded(state.ended))) break;
  }
  const packed = tf.stack(records); // [T, 3, B]
  const values = await packed.data();
  const steps = records.length;
  tf.dispose([packed, ...records, upper, eos, one, ...stateTensors(state)]);
  uniforms?.dispose();
  return unpack(values, steps, request);
}

type Takes = (config: DecoderConfig, request: RolloutRequest) => boolean;

/** Whether sampling truncates nothing: greedy, or every warper but the temperature off. */
const untruncated: Takes = ({ vocabSize }, { draw, warping: { topK, topP, minP } }) =>
  draw === 'greedy' || ((topK === 0 || topK >= vocabSize) && topP >= 1 && minP <= 0);

/** Whether the sizes suit the WebGPU kernels, which load four numbers at a time. */
const inFours: Takes = (config) =>
  [config.hiddenSize, config.intermediateSize].every((width) => width % 4 === 0) &&
  config.headDim % 8 === 0 &&
  config.vocabSize <= 4096;

/** By backend: which plain Llama policies, and which requests, its kernel 'Rollout' serves. */
const kernelTakes: Readonly<Record<string, Takes>> = { wasm: untruncated, webgpu: inFours };

/** Whether the active backend brings the whole rollout as a kernel, and it can do this one. */
export function rolloutKernelTakes({ config }: Policy, request: RolloutRequest): boolean {
  const takes = kernelTakes[tf.getBackend()];
  if (config.qkvBias || config.qkNorm || !takes) return false;
  return takes(config, request) && hasKernel('Rollout');
}

/** A kernel would read past the embedding's rows. */
function checkTokens(prompts: RolloutRequest['promptIds'], vocab: number): void {
  const known = (id: number): boolean => Number.isInteger(id) && id >= 0 && id < vocab;
  if (!prompts.every((ids) => ids.length > 0 && ids.every(known))) {
    throw new Error(`internal: a prompt is empty or has a token outside the ${vocab} known`);
  }
}

/** The same rows from the kernel 'Rollout'. */
async function rolloutByKernel(policy: Policy, request: RolloutRequest): Promise<RolloutRow[]> {
  const { config, parameters, ropeTable } = policy;
  capacityOf(policy, request);
  checkTokens(request.promptIds, config.vocabSize);
  const record = tf
    .engine()
    .runKernel<tf.Tensor3D>('Rollout', { ...Object.fromEntries(parameters), ...ropeTable }, {
      config,
      request,
    } as unknown as tf.NamedAttrMap); // [T, 3, B]
  const values = await record.data();
  record.dispose();
  return unpack(values, record.shape[0], request);
}

/** Samples one completion for every row; reads the result back once. */
export function rollout(policy: Policy, request: RolloutRequest): Promise<RolloutRow[]> {
  const sample = rolloutKernelTakes(policy, request) ? rolloutByKernel : rolloutReference;
  return sample(policy, request);
}

function stateTensors(state: State): tf.Tensor[] {
  return [...state.cache.k, ...state.cache.v, state.logits, state.positions, state.ended];
}

/** Frees what the next state does not carry on. */
function disposeReplaced(previous: State, next: State): void {
  const kept = new Set(stateTensors(next));
  for (const tensor of stateTensors(previous)) if (!kept.has(tensor)) tensor.dispose();
}
