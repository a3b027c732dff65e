/**
 * Held-out evaluation on the tiny policy and an easy task: against a plain recount of one big
 * batch, whatever the chunks; pass@k; greedy decoding.
 */
import { beforeAll, expect, test } from 'vitest';
import { rollout } from '../../models/rollout.ts';
import { noWarping } from '../../models/warpers.ts';
import type { RunConfig } from '../../src/rft/configTable.ts';
import { encodePrompt } from '../../src/rft/dataset.ts';
import { evaluate } from '../../src/rft/evaluate.ts';
import { createLearner, disposeLearner, type Learner } from '../../src/rft/learner.ts';
import { readCompletion } from '../../src/rft/reward.ts';
import { calculatorChain } from '../../src/tasks/calculatorChain.ts';
import type { Scored, Task } from '../../src/tasks/task.ts';
import { startNodeBackend } from '../../workers/nodeBackend.ts';
import { chattyFolder, tinyConfig } from './tinyPolicy.ts';

beforeAll(async () => {
  await startNodeBackend('wasm', (error) => {
    throw error;
  });
});

const isCorrect = ({ completion, ended, example }: Scored): boolean =>
  ended && /^<\d>\d$/.test(completion) && Number(completion[3]) % 2 === Number(example.answer) % 2;

/** Right is any digit that is odd where the answer is. */
const parity: Task = {
  ...calculatorChain,
  rewards: [{ name: 'parity', meaning: '', weight: 2, score: (s) => Number(isCorrect(s)) }],
  isCorrect,
};

const learnerOf = (changes: Partial<RunConfig>): Learner =>
  createLearner(tinyConfig(changes), parity, chattyFolder());

async function evaluated(changes: Partial<RunConfig>): Promise<Record<string, number>> {
  const learner = learnerOf(changes);
  const values = await evaluate(learner);
  disposeLearner(learner);
  return values;
}

test('more samples than one chunk holds equal a recount of one batch', async () => {
  const [prompts, k] = [60, 4]; // 240 samples, chunks of 200
  const learner = learnerOf({ numEvalPrompts: prompts, numEvalGenerations: k, temperature: 3 });
  learner.step = 7;
  const values = await evaluate(learner);
  const { tokenizer, heldOut, policy } = learner;
  const examples = heldOut.flatMap((example) => [example, example, example, example]);
  const rows = await rollout(policy, {
    promptIds: examples.map((example) => encodePrompt(tokenizer, example.prompt)),
    maxNewTokens: 8,
    eosId: tokenizer.eosId,
    padId: tokenizer.padId,
    warping: noWarping,
    draw: { seed: 1, purpose: 'evalSample', step: 7 },
  });
  const right = rows.map((row, i) => readCompletion(parity, examples[i]!, row, tokenizer).correct);
  const solved = heldOut.filter((_, i) => right.slice(i * k, i * k + k).includes(true)).length;
  const share = right.filter(Boolean).length / right.length;
  expect(share).toBeGreaterThan(0.02);
  expect(values['eval_pass@1']).toBeCloseTo(share, 12);
  expect(values['eval_pass@4']).toBeCloseTo(solved / prompts, 12);
  expect(values['eval_reward']).toBeCloseTo(2 * share, 12);
  const tokens = rows.reduce((sum, row) => sum + row.completionIds.length, 0);
  expect(values['eval_completions/mean_length']).toBeCloseTo(tokens / rows.length, 12);
  disposeLearner(learner);
});

test('pass@k is at least pass@1, and equal for k = 1', async () => {
  for (const k of [1, 2, 8]) {
    for (const seed of [1, 2]) {
      const values = await evaluated({ numEvalPrompts: 20, numEvalGenerations: k, seed });
      const [one, many] = [values['eval_pass@1']!, values[`eval_pass@${k}`]!];
      expect(one).toBeGreaterThanOrEqual(0);
      expect(many).toBeLessThanOrEqual(1);
      if (k === 1) expect(many).toBe(one);
      else expect(many).toBeGreaterThan(one);
    }
  }
});

test('greedy accuracy has no chance in it; sampled accuracy is fixed by the seed', async () => {
  const many = { numEvalPrompts: 30, numEvalGenerations: 4 };
  const first = await evaluated(many);
  expect(await evaluated(many)).toEqual(first);
  const other = await evaluated({ ...many, seed: 2, temperature: 0.5, topK: 1 });
  expect(other['eval_greedy']).toBe(first['eval_greedy']);
  expect(other).not.toEqual(first);
});
