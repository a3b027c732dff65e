/**
 * The golden checks of a policy folder, independent of where they run: the same functions serve
 * Node (CPU, WASM) and Chromium (WebGPU). Each returns numbers to be compared; the tolerances of
 * goldens/README.md are applied by `policyGolden.ts`.
 */
import * as tf from '@tensorflow/tfjs-core';
import { packMicroBatch, type TrainingRow } from '../../src/rft/batch.ts';
import { parseDecoderConfig, type DecoderConfig } from '../../models/decoderConfig.ts';
import { entropies, tokenLogps } from '../../models/ops/tokenLogps.ts';
import { createPolicy, disposePolicy, policyLogits, type Policy } from '../../models/policy.ts';
import { rollout } from '../../models/rollout.ts';
import { parseSafetensors, type NamedArray } from '../../models/safetensors.ts';
import { noWarping } from '../../models/warpers.ts';
import { adamWUpdate, initialOptimizerState } from '../../src/rft/optimizer.ts';
import { supervisedGradient } from '../../src/rft/policyGradient.ts';

/** The shape of a golden folder's expected.json. */
export interface Expected {
  input_ids: number[][];
  lengths: number[];
  prompt_length: number;
  logits: number[][][];
  completion_logps: number[][];
  completion_entropies: number[][];
  completion_mask: number[][];
  mean_nll: number;
  grad_global_norm: number;
  adamw: {
    lr: number;
    betas: [number, number];
    eps: number;
    weight_decay: number;
    max_grad_norm: number;
    losses_before_each_step: number[];
  };
  greedy_tokens: number[][];
}

/** A golden folder as bytes, however they were read. */
export interface GoldenFolder {
  name: string;
  config: unknown;
  expected: Expected;
  model: Uint8Array;
  grads: Uint8Array;
  after3: Uint8Array;
}

function load(folder: GoldenFolder): { config: DecoderConfig; policy: Policy } {
  const config = parseDecoderConfig(folder.config);
  return { config, policy: createPolicy(config, parseSafetensors(folder.model).tensors) };
}

/** The fixture's batch: completions are the tokens from `prompt_length` to each row's length. */
function batchOf(expected: Expected) {
  const rows = expected.input_ids.map((ids, b): TrainingRow => {
    const valid = ids.slice(0, expected.lengths[b]);
    return {
      promptIds: valid.slice(0, expected.prompt_length),
      completionIds: valid.slice(expected.prompt_length),
      advantage: 1,
      tokenWeight: 0,
    };
  });
  const tokens = rows.reduce((sum, row) => sum + row.completionIds.length, 0);
  const weighted = rows.map((row) => ({ ...row, tokenWeight: 1 / tokens }));
  return packMicroBatch(weighted, 0, { rows: rows.length, columnRounding: 1 });
}

/** Largest absolute difference of logits at valid positions, and of log-probabilities and entropies. */
export async function forwardErrors(folder: GoldenFolder) {
  const { expected } = folder;
  const { config, policy } = load(folder);
  const columns = expected.input_ids[0]?.length ?? 0;
  const ids = tf.tensor2d(expected.input_ids, undefined, 'int32');
  const logits = tf.tidy(() => policyLogits(policy, ids));
  const values = await logits.data();
  let logitError = 0;
  expected.logits.forEach((row, b) => {
    row.slice(0, expected.lengths[b]).forEach((wanted, t) => {
      wanted.forEach((x, v) => {
        const got = values[(b * columns + t) * config.vocabSize + v] ?? NaN;
        logitError = Math.max(logitError, Math.abs(got - x));
      });
    });
  });
  const targets = tf.tensor1d(
    expected.input_ids.flatMap((row) => [...row.slice(1), 0]),
    'int32',
  );
  const logps = await tf.tidy(() => tokenLogps(logits, targets, 1)).data();
  const entropy = await tf.tidy(() => entropies(logits, 1)).data();
  let logpError = 0;
  let entropyError = 0;
  expected.completion_mask.forEach((row, b) => {
    row.forEach((mask, t) => {
      if (mask === 0) return;
      const at = b * columns + t;
      const logp = expected.completion_logps[b]?.[t] ?? NaN;
      const ent = expected.completion_entropies[b]?.[t] ?? NaN;
      logpError = Math.max(logpError, Math.abs((logps[at] ?? NaN) - logp));
      entropyError = Math.max(entropyError, Math.abs((entropy[at] ?? NaN) - ent));
    });
  });
  tf.dispose([ids, logits, targets]);
  disposePolicy(policy);
  return { logitError, logpError, entropyError };
}

function largestDifference(
  flat: Float32Array,
  policy: Policy,
  wanted: ReadonlyMap<string, NamedArray>,
): number {
  let error = 0;
  let offset = 0;
  for (const [name, variable] of policy.parameters) {
    const data = wanted.get(name)?.data;
    for (let i = 0; i < variable.size; i++) {
      const difference = Math.abs((flat[offset + i] ?? NaN) - (data?.[i] ?? NaN));
      if (!(difference <= error)) error = difference;
    }
    offset += variable.size;
  }
  return error;
}

/** Loss and gradient of the mean NLL over completion tokens, every parameter. */
export async function gradientErrors(folder: GoldenFolder) {
  const { policy } = load(folder);
  const { gradient, sums } = supervisedGradient(policy, [batchOf(folder.expected)]);
  const flat = (await gradient.data()) as Float32Array;
  const [loss = NaN] = await sums[0]!.data();
  const error = largestDifference(flat, policy, parseSafetensors(folder.grads).tensors);
  disposePolicy(policy);
  return { loss, error };
}

/** Losses before each of three clipped AdamW steps, and the parameters after them. */
export async function adamWErrors(folder: GoldenFolder) {
  const { adamw } = folder.expected;
  const { policy } = load(folder);
  const variables = [...policy.parameters.values()];
  const state = initialOptimizerState(variables);
  const batch = batchOf(folder.expected);
  const losses: number[] = [];
  for (let step = 0; step < 3; step++) {
    const { gradient, sums } = supervisedGradient(policy, [batch]);
    losses.push((await sums[0]!.data())[0] ?? NaN);
    adamWUpdate(variables, gradient, state, adamw.lr, {
      adamBeta1: adamw.betas[0],
      adamBeta2: adamw.betas[1],
      adamEpsilon: adamw.eps,
      weightDecay: adamw.weight_decay,
      maxGradNorm: adamw.max_grad_norm,
    });
  }
  const flat = (await tf.concat(variables.map((v) => tf.reshape(v, [-1]))).data()) as Float32Array;
  const error = largestDifference(flat, policy, parseSafetensors(folder.after3).tensors);
  disposePolicy(policy);
  return { losses, error };
}

/** Greedy tokens of each row's prompt, with the KV cache. */
export async function greedyTokens(folder: GoldenFolder): Promise<number[][]> {
  const { expected } = folder;
  const { policy } = load(folder);
  const rows = await rollout(policy, {
    promptIds: expected.input_ids.map((ids) => ids.slice(0, expected.prompt_length)),
    maxNewTokens: expected.greedy_tokens[0]?.length ?? 0,
    eosId: -1,
    padId: 0,
    warping: noWarping,
    draw: 'greedy',
  });
  disposePolicy(policy);
  return rows.map((row) => row.completionIds);
}

/** The same without a cache: the whole row is run again for every token. */
export async function greedyTokensUncached(folder: GoldenFolder): Promise<number[][]> {
  const { expected } = folder;
  const { config, policy } = load(folder);
  const rows = expected.input_ids.map((ids) => ids.slice(0, expected.prompt_length));
  const count = expected.greedy_tokens[0]?.length ?? 0;
  for (let t = 0; t < count; t++) {
    const length = expected.prompt_length + t;
    const next = tf.tidy(() => {
      const logits = policyLogits(policy, tf.tensor2d(rows, undefined, 'int32'));
      const grid = tf.reshape(logits, [rows.length, length, config.vocabSize]);
      const last = tf.slice(grid, [0, length - 1, 0], [rows.length, 1, config.vocabSize]);
      return tf.argMax(tf.reshape(last, [rows.length, config.vocabSize]), 1);
    });
    (await next.data()).forEach((token, row) => rows[row]?.push(token));
    next.dispose();
  }
  disposePolicy(policy);
  return rows.map((row) => row.slice(expected.prompt_length));
}
