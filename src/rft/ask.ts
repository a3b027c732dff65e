/**
 * Asking a policy: completions of given prompts, greedy or sampled, with the probability of every
 * token and of the likeliest others in its place. For people to look at; nothing is learnt, and
 * the draws have a purpose of their own.
 */
import * as tf from '@tensorflow/tfjs-core';
import { policyLogits, type Policy } from '../../models/policy.ts';
import { rollout, type RolloutRow } from '../../models/rollout.ts';
import type { PolicyTokenizer } from '../../models/tokenizer.ts';
import { noWarping } from '../../models/warpers.ts';
import type { AskedRow, AskedToken } from './asked.ts';
import { encodePrompt } from './dataset.ts';

export interface AskOptions {
  maxNewTokens: number;
  /** Null: always the likeliest token; else where the draws come from, at temperature 1. */
  sample: { seed: number; round: number } | null;
}

/** How many tokens are told for each place. */
const LIKELIEST = 5;
/** Rows of one forward pass: logits of every position are held at once. */
const CHUNK = 16;

/** Probabilities [T, V] of each row's positions, flat, as one array for all rows. */
async function probabilities(
  policy: Policy,
  rows: readonly RolloutRow[],
  padId: number,
  temperature: number,
): Promise<{ data: Float32Array; columns: number }> {
  const columns = Math.max(...rows.map((row) => row.promptIds.length + row.completionIds.length));
  const ids = new Int32Array(rows.length * columns).fill(padId);
  rows.forEach((row, b) => ids.set([...row.promptIds, ...row.completionIds], b * columns));
  const result = tf.tidy(() => {
    const logits = policyLogits(policy, tf.tensor2d(ids, [rows.length, columns], 'int32'));
    return tf.softmax(temperature === 1 ? logits : tf.div(logits, temperature));
  });
  const data = (await result.data()) as Float32Array;
  result.dispose();
  return { data, columns };
}

/** The likeliest of one position's distribution, most likely first; ties by the token's number. */
function likeliestOf(distribution: Float32Array): { id: number; probability: number }[] {
  return Array.from(distribution, (probability, id) => ({ id, probability }))
    .sort((a, b) => b.probability - a.probability || a.id - b.id)
    .slice(0, LIKELIEST);
}

async function chunkTokens(
  policy: Policy,
  tokenizer: PolicyTokenizer,
  rows: readonly RolloutRow[],
  temperature: number,
): Promise<AskedToken[][]> {
  const { data, columns } = await probabilities(policy, rows, tokenizer.padId, temperature);
  const size = policy.config.vocabSize;
  const textOf = (id: number): string => (id === tokenizer.eosId ? '' : tokenizer.token(id));
  return rows.map((row, b) =>
    row.completionIds.map((id, t): AskedToken => {
      const at = (b * columns + row.promptIds.length - 1 + t) * size;
      const distribution = data.subarray(at, at + size);
      return {
        text: textOf(id),
        probability: distribution[id] ?? NaN,
        likeliest: likeliestOf(distribution).map((one) => ({
          text: textOf(one.id),
          probability: one.probability,
        })),
      };
    }),
  );
}

/** Each row's tokens with their probabilities at a temperature, and what else was likely there. */
export async function askedTokens(
  policy: Policy,
  tokenizer: PolicyTokenizer,
  rows: readonly RolloutRow[],
  temperature: number,
): Promise<AskedToken[][]> {
  const read: AskedToken[][] = [];
  for (let first = 0; first < rows.length; first += CHUNK) {
    const part = rows.slice(first, first + CHUNK);
    read.push(...(await chunkTokens(policy, tokenizer, part, temperature)));
  }
  return read;
}

async function askChunk(
  policy: Policy,
  tokenizer: PolicyTokenizer,
  prompts: readonly string[],
  { maxNewTokens, sample }: AskOptions,
  firstRow: number,
): Promise<AskedRow[]> {
  const { padId, eosId } = tokenizer;
  const rows = await rollout(policy, {
    promptIds: prompts.map((prompt) => encodePrompt(tokenizer, prompt)),
    maxNewTokens,
    eosId,
    padId,
    warping: noWarping,
    draw: sample ? { seed: sample.seed, purpose: 'ask', step: sample.round, firstRow } : 'greedy',
  });
  const asked = await askedTokens(policy, tokenizer, rows, 1);
  return rows.map((row, b): AskedRow => {
    const ended = row.finishReason === 'eos';
    const tokens = asked[b]!;
    const written = ended ? row.completionIds.slice(0, -1) : row.completionIds;
    return { prompt: prompts[b]!, completion: tokenizer.decode(written), ended, tokens };
  });
}

/** One row a prompt, in their order. Throws a CodedError where a prompt cannot be encoded. */
export async function askPolicy(
  policy: Policy,
  tokenizer: PolicyTokenizer,
  prompts: readonly string[],
  options: AskOptions,
): Promise<AskedRow[]> {
  const rows: AskedRow[] = [];
  for (let first = 0; first < prompts.length; first += CHUNK) {
    const part = prompts.slice(first, first + CHUNK);
    rows.push(...(await askChunk(policy, tokenizer, part, options, first)));
  }
  return rows;
}
