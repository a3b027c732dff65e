/**
 * Cases of the rollout kernels: tiny policies of many shapes, requests with prompts of many
 * lengths, and the comparison with the composition of tensor ops. Shared by the tests of the WASM
 * and of the WebGPU kernel. Sums are ordered differently from the composition's, so a token could
 * change where a uniform falls within rounding of a boundary; with these seeds none does.
 */
import { expect } from 'vitest';
import { parseDecoderConfig } from '../../models/decoderConfig.ts';
import { initialParameters, parameterShapes } from '../../models/parameters.ts';
import { createPolicy, type Policy } from '../../models/policy.ts';
import {
  rollout,
  rolloutKernelTakes,
  rolloutReference,
  type RolloutRequest,
  type RolloutRow,
} from '../../models/rollout.ts';
import { noWarping } from '../../models/warpers.ts';
import { draws } from './draws.ts';

const tolerance = 1e-4;

export interface Sizes {
  vocab: number;
  hidden: number;
  inner: number;
  layers: number;
  heads: number;
  kvHeads: number;
  headDim: number;
  tied: boolean;
}

/** Weights wide enough that the logits matter, norms off 1. */
export function policyOf(one: Sizes, modelType = 'llama', spread = 12): Policy {
  const config = parseDecoderConfig({
    model_type: modelType,
    vocab_size: one.vocab,
    hidden_size: one.hidden,
    intermediate_size: one.inner,
    num_hidden_layers: one.layers,
    num_attention_heads: one.heads,
    num_key_value_heads: one.kvHeads,
    head_dim: one.headDim,
    max_position_embeddings: 64,
    rms_norm_eps: 1e-5,
    tie_word_embeddings: one.tied,
  });
  const count = [...parameterShapes(config).values()].reduce(
    (sum, shape) => sum + shape.reduce((product, side) => product * side, 1),
    0,
  );
  const values = draws(count, 3);
  const tensors = new Map(
    [...initialParameters(config, (i) => spread * values[i]!)].map(([name, data], n) => {
      const shape = parameterShapes(config).get(name)!;
      if (shape.length === 1) data.forEach((_, i) => (data[i]! += 0.3 * values[i + n]!));
      return [name, { shape, data }];
    }),
  );
  return createPolicy(config, tensors);
}

/** Prompts of several lengths, some of a single token, two of them repeated. */
export function requestOf(vocab: number, changes: Partial<RolloutRequest> = {}): RolloutRequest {
  const lengths = [4, 1, 7, 4, 2, 9, 1, 3, 5];
  const promptIds = lengths.map((length, n) =>
    Array.from({ length }, (_, i) => (n * 5 + i * 3 + 1) % vocab),
  );
  return {
    promptIds: [...promptIds, promptIds[2]!, promptIds[0]!, promptIds[2]!],
    maxNewTokens: 20,
    eosId: 0,
    padId: 0,
    warping: noWarping,
    draw: { seed: 3, purpose: 'sample', step: 5 },
    ...changes,
  };
}

export function largestError(rows: RolloutRow[], wanted: RolloutRow[]): number {
  expect(rows.map((row) => row.completionIds)).toEqual(wanted.map((row) => row.completionIds));
  expect(rows.map((row) => row.finishReason)).toEqual(wanted.map((row) => row.finishReason));
  expect(rows.map((row) => row.promptIds)).toEqual(wanted.map((row) => row.promptIds));
  const numbers = (of: RolloutRow[]): number[] =>
    of.flatMap((row) => [...row.samplingLogps, ...row.entropies]);
  const expected = numbers(wanted);
  return Math.max(...numbers(rows).map((x, i) => Math.abs(x - expected[i]!)));
}

/** The kernel says what the composition says, on the active backend; gives what it says. */
export async function expectAgreement(
  policy: Policy,
  request: RolloutRequest,
): Promise<RolloutRow[]> {
  expect(rolloutKernelTakes(policy, request)).toBe(true);
  const rows = await rollout(policy, request);
  expect(largestError(rows, await rolloutReference(policy, request))).toBeLessThan(tolerance);
  return rows;
}
