/**
 * What rollouts keep on the GPU: the size of each buffer of rolloutWorkspace.ts, in 32-bit numbers,
 * for a policy and the extent of a rollout. Buffers only grow, so several rollouts take the largest
 * of each name.
 */
import type { DecoderConfig } from '../decoderConfig.ts';
import { roundUp, type RolloutSizes, type Words } from '../memory.ts';
import { headWidths } from './passBuffers.ts';

/** Words of `Row` (kernels/decodeRows.wgsl): token, position, prefixBase, prefixCount, ownBase, ended. */
export const rowWords = 6;
/** Words of `Run`, in its order. */
export const runWords = 15;
/** Words of the vocabulary that an invocation scores. */
export const wordsEach = 8;

const fewestSlots = 32;
/** Positions are rounded up to a multiple of this, as far as the policy has them. */
const ropeRounding = 128;

/** The next of 32, 48, 64, 96, 128, … */
export function roundSlots(rows: number): number {
  let power = fewestSlots;
  while (power < rows) power *= 2;
  return (power / 4) * 3 >= Math.max(rows, fewestSlots) ? (power / 4) * 3 : power;
}

/** Rows of the rotary tables that a rollout which reads positions below `positions` has. */
export const ropePositionsOf = (config: DecoderConfig, positions: number): number =>
  Math.min(roundUp(positions, ropeRounding), config.maxPositionEmbeddings);

/** What a rollout's buffers are sized by. */
export interface RolloutExtent {
  rows: number;
  /** Tokens of all different prefixes. */
  prefixTokens: number;
  /** Columns of the cache, prefixes and rows together. */
  columns: number;
  /** Positions that are read. */
  positions: number;
  recordWords: number;
}

/** The extent when every prompt is as long as the longest. */
export function largestExtent(sizes: RolloutSizes): RolloutExtent {
  const { rows, prompts, longestPrompt, maxNewTokens } = sizes;
  const prefixTokens = prompts * (longestPrompt - 1);
  return {
    rows,
    prefixTokens,
    columns: prefixTokens + rows * maxNewTokens,
    positions: longestPrompt + maxNewTokens,
    recordWords: 3 * rows * maxNewTokens,
  };
}

export function rolloutWords(
  config: DecoderConfig,
  parameters: number,
  { rows, prefixTokens, columns, positions, recordWords }: RolloutExtent,
): Words {
  const { hiddenSize, intermediateSize, headDim, vocabSize } = config;
  const { q, kv } = headWidths(config);
  const tokenSlots = roundSlots(rows);
  const prefixSlots = roundSlots(prefixTokens);
  const slots = Math.max(tokenSlots, prefixSlots);
  const ropePositions = ropePositionsOf(config, positions);
  const scores = roundUp(vocabSize, wordsEach) * tokenSlots;
  const words = new Map(
    Object.entries({
      theta: parameters + 2 * ropePositions * headDim,
      x: hiddenSize * slots,
      queries: q * slots,
      mixed: q * slots,
      inner: intermediateSize * slots,
      logits: scores,
      weights: scores,
      record: recordWords,
    }),
  );
  for (const [of, count] of [
    ['token', tokenSlots],
    ['prefix', prefixSlots],
  ] as const) {
    words
      .set(`${of} run`, runWords)
      .set(`${of} live`, count)
      .set(`${of} rows`, count * rowWords);
  }
  for (let layer = 0; layer < config.numHiddenLayers; layer++) {
    words.set(`keys ${String(layer)}`, columns * kv).set(`values ${String(layer)}`, columns * kv);
  }
  return words;
}
