/**
 * What decides how much memory a run needs, from its config; and the sizes that the loop itself
 * chooses. Plain numbers, for the trainer and for the page's forecast; memory.ts counts the bytes.
 */
import type { DecoderConfig } from '../../models/decoderConfig.ts';
import type { RolloutSizes } from '../../models/memory.ts';
import type { RunConfig } from './configTable.ts';
import { everUsesReference } from './recipeChange.ts';

/** Held-out rows decoded together; large enough to amortise, small enough for the KV cache. */
export const evalChunkRows = 200;

/**
 * Rows that a micro-batch may have, most first, and what columns are rounded up to. The first was
 * the fastest on the default lesson: small sorted parts on WASM, few large dispatches on a GPU.
 */
export const microBatches = {
  gpu: { rows: [64, 32, 16, 8, 4], columnRounding: 16 },
  cpu: { rows: [16, 8, 4], columnRounding: 4 },
} as const;

/** Rows are filled up to a multiple of this where a micro-batch may have as many. */
export const rowRounding = 8;

export interface RunSizes {
  decoder: DecoderConfig;
  /** A frozen copy of the base policy is kept. */
  reference: boolean;
  /** Sequences that a step learns from at most, and the tokens of the longest. */
  sequences: number;
  longestSequence: number;
  /** Training's and evaluation's. */
  rollouts: readonly RolloutSizes[];
}

/** In tokens, bos included. */
export interface LongestTexts {
  prompt: number;
  /** Prompt and completion that SFT imitates; 0 for other methods. */
  imitated: number;
}

/** The sizes of a run with this config. */
export function runSizes(
  config: RunConfig,
  decoder: DecoderConfig,
  longest: LongestTexts,
): RunSizes {
  const { method, generationBatchSize: completions, maxCompletionLength, numEvalPrompts } = config;
  const rollout = (rows: number, prompts: number): RolloutSizes => ({
    rows,
    prompts: Math.min(rows, prompts),
    longestPrompt: longest.prompt,
    maxNewTokens: maxCompletionLength,
  });
  const groups = Math.ceil(completions / config.numGenerations);
  const k = config.numEvalGenerations;
  const greedyRows = Math.min(numEvalPrompts, evalChunkRows);
  const sampledRows = Math.min(numEvalPrompts * k, evalChunkRows);
  return {
    decoder,
    reference: everUsesReference(config),
    sequences: method === 'rejection' ? groups : completions,
    longestSequence: method === 'sft' ? longest.imitated : longest.prompt + maxCompletionLength,
    rollouts: [
      ...(method === 'sft' ? [] : [rollout(completions, groups)]),
      rollout(greedyRows, greedyRows),
      rollout(sampledRows, Math.ceil(sampledRows / k) + 1),
    ],
  };
}
