/** Asking policies: probabilities are the policy's own, greedy takes the likeliest, draws repeat. */
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { defaultConfig } from '../../src/rft/config.ts';
import type { AskRequest } from '../../src/session/protocol.ts';
import { firstDifference } from '../../src/session/tryIt.svelte.ts';
import { tinyConfig, writeChattyPolicy } from './tinyPolicy.ts';
import { openTrainer } from './trainerHarness.ts';

let policies: string;

beforeAll(async () => {
  policies = await writeChattyPolicy();
});

afterAll(() => rm(policies, { recursive: true }));

const base = { base: defaultConfig.policy, runId: null, checkpointId: null } as const;
const greedy: AskRequest = {
  who: base,
  prompts: Array.from({ length: 18 }, (_, i) => `A${(i % 9) + 1}+1|`), // more than one pass holds
  maxNewTokens: 6,
  sample: null,
};

test('greedy answers take the likeliest token, and its probability is told', async () => {
  const { trainer } = await openTrainer(policies);
  const rows = await trainer.ask(greedy);
  expect(rows.map(({ prompt }) => prompt)).toEqual(greedy.prompts);
  for (const { tokens, completion, ended } of rows) {
    for (const { text, probability, likeliest } of tokens) {
      expect(likeliest[0]!.text).toBe(text);
      expect(probability).toBeCloseTo(likeliest[0]!.probability, 9);
      const sum = likeliest.reduce((all, one) => all + one.probability, 0);
      expect(sum).toBeLessThanOrEqual(1 + 1e-5);
      expect(likeliest.map((one) => one.probability)).toEqual(
        likeliest.map((one) => one.probability).toSorted((a, b) => b - a),
      );
    }
    expect(tokens.at(-1)!.text === '').toBe(ended);
    expect(completion).toBe(tokens.map(({ text }) => text).join(''));
  }
  expect(await trainer.ask(greedy)).toEqual(rows);
});

test('samples are addressed by seed and round, and vary', async () => {
  const { trainer } = await openTrainer(policies);
  const asked = async (seed: number, round: number) =>
    (await trainer.ask({ ...greedy, sample: { seed, round } })).map(({ completion }) => completion);
  const first = await asked(1, 0);
  expect(await asked(1, 0)).toEqual(first);
  expect(await asked(1, 1)).not.toEqual(first);
  expect(await asked(2, 0)).not.toEqual(first);
});

test('a run’s checkpoint answers otherwise than its base, and a paused run goes on unharmed', async () => {
  const config = tinyConfig({ maxSteps: 4, learningRate: 0.05, saveSteps: 2 });
  const { trainer, events, store } = await openTrainer(policies);
  const runId = await trainer.startPaused(config);
  await trainer.settled();
  const { checkpoint } = await store.loadCheckpoint(runId);
  expect(checkpoint.step).toBe(1);
  const saved = events.findLast((event) => event.type === 'checkpoint')!.checkpoint;
  const who = { base: config.policy, runId, checkpointId: saved.id };
  const tuned = await trainer.ask({ ...greedy, who });
  const before = await trainer.ask(greedy);
  expect(tuned.map(({ tokens }) => tokens.map((t) => t.probability))).not.toEqual(
    before.map(({ tokens }) => tokens.map((t) => t.probability)),
  );
  await trainer.proceed();
  await expect(trainer.ask(greedy)).rejects.toMatchObject({ code: 'wrong-state' });
  await trainer.settled();
  await expect(trainer.ask({ ...greedy, prompts: ['€'] })).rejects.toMatchObject({
    code: 'unknown-character',
  });
});

test('the first difference of two answers', () => {
  const of = (text: string) => Array.from(text, (one) => ({ text: one }));
  expect(firstDifference(of('12>3'), of('12>4'))).toBe(3);
  expect(firstDifference(of('12'), of('123'))).toBe(2);
  expect(firstDifference(of('12'), of('12'))).toBeNull();
  expect(firstDifference([], [])).toBeNull();
});
