/**
 * Alternatives of every token, told on request: the run is the one it would have been, to the bit,
 * and what is told agrees with what the tokens were drawn from.
 */
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tokenViews } from '../../src/ui/rollouts/tokenParts.ts';
import { tinyConfig, writeChattyPolicy } from './tinyPolicy.ts';
import {
  failuresOf,
  newest,
  openTrainer,
  rolloutsOf,
  rowsOf,
  withoutTimes,
} from './trainerHarness.ts';

let policies: string;

beforeAll(async () => {
  policies = await writeChattyPolicy();
});

afterAll(() => rm(policies, { recursive: true }));

/** Four steps; from the third on alternatives are told, or never. */
async function run(alternatives: boolean) {
  const harness = await openTrainer(policies);
  const { trainer } = harness;
  const runId = await trainer.startPaused(tinyConfig({ maxSteps: 4 }));
  await trainer.settled();
  await trainer.step();
  await trainer.tell({ alternatives, credit: false });
  await trainer.step();
  await trainer.step();
  expect(failuresOf(harness.events)).toEqual([]);
  return { ...harness, newest: await newest(harness.store, runId) };
}

test('a run that tells them is the same run', async () => {
  const [plain, told] = [await run(false), await run(true)];
  expect(rowsOf(told.events).map(withoutTimes)).toEqual(rowsOf(plain.events).map(withoutTimes));
  expect(told.newest.digest).toBe(plain.newest.digest);
});

test('they come from the next step on, and agree with the probability of what was drawn', async () => {
  const steps = rolloutsOf((await run(true)).events);
  const told = steps.map(({ groups }) =>
    groups.flatMap(({ completions }) => completions.map(({ likeliest }) => likeliest)),
  );
  expect(told.map((rows) => rows.every(Boolean))).toEqual([false, false, true, true]);
  expect(told.slice(0, 2).flat().some(Boolean)).toBe(false);
  const tokens = steps[2]!.groups.flatMap(({ completions }) =>
    completions.flatMap((one) => tokenViews(one)),
  );
  expect(tokens.length).toBeGreaterThan(0);
  for (const { text, isEnd, probability, likeliest } of tokens) {
    const own = likeliest!.find((one) => one.text === (isEnd ? '' : text));
    const least = Math.min(...likeliest!.map((one) => one.probability));
    if (own) expect(own.probability).toBeCloseTo(probability!, 4);
    else expect(probability!).toBeLessThanOrEqual(least + 1e-4);
  }
});
