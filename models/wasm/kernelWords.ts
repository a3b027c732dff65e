/**
 * How much memory the WASM kernels take, in 32-bit numbers: a transcription of what
 * kernels/plan.ts, kernels/rollout.ts and rolloutWeights.ts lay out. Each module has one memory,
 * which only grows, so there are no single buffers to speak of.
 * Letters: N tokens, d hidden size, f intermediate size, V vocabulary, D head size.
 */
import type { DecoderConfig } from '../decoderConfig.ts';
import { roundUp, type RolloutSizes } from '../memory.ts';

/** BLOCK and STRIP of kernels/gemm.ts, CHUNK of kernels/panels.ts. */
const [block, strip, chunk] = [8, 4, 64];

function widthsOf(config: DecoderConfig) {
  const { hiddenSize: d, intermediateSize: f, headDim: D, numHiddenLayers: layers } = config;
  const q = config.numAttentionHeads * D;
  const kv = config.numKeyValueHeads * D;
  return { d, f, D, layers, q, kv, V: roundUp(config.vocabSize, block) };
}

/** Of the training pass over `rows` rows of `columns` tokens. */
export function trainingWords(config: DecoderConfig, rows: number, columns: number): number {
  const { d, f, D, layers, q, kv, V } = widthsOf(config);
  const heads = config.numAttentionHeads;
  const N = roundUp(rows * columns, strip);
  const given = 6 * N + 2 * columns * D;
  const ofLayer = 2 * d + d * (2 * q + 2 * kv + 3 * f);
  const parameters = layers * ofLayer + d + V * d * (config.tieWordEmbeddings ? 1 : 2);
  const kept = layers * (N * (2 * d + 2 * q + 2 * kv + 2 * f + 2) + 2 * rows * heads * columns);
  const widest = Math.max(V, f, q);
  const S = roundUp(columns, block);
  const attention = 2 * D * S + 2 * S * S + 3 * S * roundUp(D, block) + strip * q + block;
  const scratch =
    N * (3 * d + 3 * f + 2 * q + 2 * kv) +
    chunk * (V + widest + Math.max(widest, d)) +
    d * (widest + V) +
    attention;
  return given + 2 * parameters + kept + N * (d + 1) + scratch;
}

/** Of one rollout. */
export function rolloutWords(config: DecoderConfig, sizes: RolloutSizes): number {
  const { rows, prompts, longestPrompt, maxNewTokens } = sizes;
  const { d, f, D, layers, q, kv, V } = widthsOf(config);
  const columns = prompts * (longestPrompt - 1) + rows * maxNewTokens;
  const cache = 2 * layers * columns * kv;
  const weights = layers * (2 * d + d * (2 * q + 2 * kv + 3 * f)) + d + 2 * V * d;
  const tables = 2 * (longestPrompt + maxNewTokens) * D;
  const scratch = roundUp(rows, strip) * (2 * d + 2 * q + 2 * kv + 2 * f + 2 * V);
  const record = 3 * rows * maxNewTokens;
  return cache + weights + tables + scratch + record;
}
