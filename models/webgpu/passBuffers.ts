/**
 * What the training pass keeps on the GPU: the size of each of its buffers, in 32-bit numbers, for
 * a policy and a number of tokens. One table, from which the pass makes its buffers and the memory
 * budget its forecast. Letters: N tokens, d hidden size, f intermediate size, V vocabulary.
 */
import type { DecoderConfig } from '../decoderConfig.ts';
import { roundUp, type Words } from '../memory.ts';
import { lane } from '../ops/lane.ts';

/** Numbers in all shares of a flat gradient together may take this much. */
const mostShareBytes = 64 * 2 ** 20;
const mostShares = 16;
/** Tokens a share has at least; fewer would not keep a GPU's lanes busier. */
const leastShareTokens = 256;

/** How many shares of the tokens are summed apart, and how many tokens each has. */
export function sharesOf(parameters: number, tokens: number): { shares: number; share: number } {
  const byMemory = Math.floor(mostShareBytes / (4 * parameters));
  const byTokens = Math.ceil(tokens / leastShareTokens);
  const shares = Math.max(1, Math.min(byMemory, byTokens, mostShares));
  return { shares, share: Math.ceil(tokens / shares) };
}

/** Width of a row of logits: whole vec4s. */
export const logitWidth = (config: DecoderConfig): number => roundUp(config.vocabSize, 4);

/** Floats of queries, of keys (and values), and of all three. */
export function headWidths({ numAttentionHeads, numKeyValueHeads, headDim }: DecoderConfig) {
  const q = numAttentionHeads * headDim;
  const kv = numKeyValueHeads * headDim;
  return { q, kv, qkv: q + 2 * kv };
}

/** Of each layer, by name; they live from the forward to the backward pass. */
function layerWords(config: DecoderConfig, n: number): Record<string, number> {
  const { hiddenSize: d, intermediateSize: f, numAttentionHeads: heads } = config;
  const { q, qkv } = headWidths(config);
  return {
    x: n * d, // what comes in
    scale: n,
    h: n * d, // x, normalised
    qkv: n * qkv,
    logSums: n * heads,
    out: n * q, // of attention
    middle: n * d, // x + attention
    middleScale: n,
    middleH: n * d, // middle, normalised
    pre: n * 2 * f, // gate and up
    a: n * f, // silu(gate) · up
  };
}

/** Buffer sizes by name; those of layer l end in `l`. `tokens` is N. */
export function passWords(config: DecoderConfig, parameters: number, tokens: number): Words {
  const n = roundUp(tokens, 4);
  const { hiddenSize: d, intermediateSize: f, headDim, numHiddenLayers: layers } = config;
  const { q, qkv } = headWidths(config);
  const table = config.maxPositionEmbeddings * headDim;
  const words = new Map(
    Object.entries({
      theta: roundUp(parameters, 4) + 4 * d, // the last rows of the head are read in fours
      ids: n,
      targets: n,
      cosines: table,
      sines: table,
      last: n * d, // what comes out of the layers
      lastScale: n,
      lastH: n * d,
      logits: n * logitWidth(config),
      logps: n,
      tokenLogSums: n,
      dLogps: n,
      entropies: n,
      dEntropies: n,
      dx: n * d,
      dh: n * d,
      dpre: n * 2 * f,
      dout: n * q,
      dqkv: n * qkv,
      deltas: n * config.numAttentionHeads,
      partial: sharesOf(parameters, tokens).shares * parameters,
      gradient: roundUp(parameters, lane),
    }),
  );
  for (let layer = 0; layer < layers; layer++) {
    for (const [name, count] of Object.entries(layerWords(config, n))) {
      words.set(`${name}${String(layer)}`, count);
    }
  }
  return words;
}
