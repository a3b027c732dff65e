/** Time and tokens of a run from what was measured: by the trainer, and on the way of a run. */
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defaultConfig } from '../../src/rft/config.ts';
import { costKey, estimateOf, measuredBy, tokensAtMost } from '../../src/session/estimate.ts';
import type { Measured } from '../../src/session/protocol.ts';
import { measuredPart } from '../../workers/measure.ts';
import { tinyConfig, writeChattyPolicy } from './tinyPolicy.ts';
import { openTrainer, rowsOf } from './trainerHarness.ts';

const measured: Measured = {
  ...{ stepSeconds: 2, stepTokens: 1000, completions: 32 },
  ...{ evalSeconds: 3, evalPrompts: 64 },
};

describe('an estimate', () => {
  const config = {
    ...defaultConfig,
    ...{ maxSteps: 25, evalSteps: 10, generationBatchSize: 64, numEvalPrompts: 128 },
  };

  test('scales steps by completions, and evaluations by prompts', () => {
    // Twice the completions; evaluations at 0, 10, 20 and 25 of twice the prompts.
    const seconds = 25 * 2 * 2 + 4 * 2 * 3;
    expect(estimateOf(config, measured)).toEqual({ seconds, tokens: 25 * 2 * 1000 });
  });

  test('is for recipes whose completions cost the same', () => {
    expect(costKey({ ...config, maxSteps: 7, seed: 9, learningRate: 1 })).toBe(costKey(config));
    expect(costKey({ ...config, policy: 'base-0.1M' })).not.toBe(costKey(config));
    expect(costKey({ ...config, maxCompletionLength: 9 })).not.toBe(costKey(config));
    expect(costKey({ ...config, beta: 0.1 })).not.toBe(costKey(config));
    const coded = (source: string) => ({
      ...config,
      rewards: [{ kind: 'code', name: 'mine', source, range: [0, 1] }] as const,
    });
    expect(costKey(coded('quick'))).not.toBe(costKey(config));
    expect(costKey(coded('slow'))).not.toBe(costKey(coded('quick')));
    expect(costKey(coded('slow'))).toBe(costKey({ ...coded('slow'), maxSteps: 7 }));
  });

  test('is never above what the tokens can come to', () => {
    expect(tokensAtMost(config)).toBeGreaterThan(25 * 64 * config.maxCompletionLength);
    expect(tokensAtMost({ ...config, maxNumGenBatches: 3 })).toBe(3 * tokensAtMost(config));
  });
});

describe('a run’s own rows', () => {
  const row = (step: number, values: Record<string, number>) => ({ step, values });

  test('leave out the first step, which compiles', () => {
    const rows = [
      row(0, { eval_time: 9 }),
      row(1, { step_time: 60, num_tokens: 100 }),
      row(2, { step_time: 2, num_tokens: 200 }),
      row(3, { step_time: 4, num_tokens: 330, eval_time: 5 }),
    ];
    expect(measuredBy(rows, defaultConfig)).toMatchObject({
      ...{ stepSeconds: 3, stepTokens: 110, evalSeconds: 5 },
      completions: defaultConfig.generationBatchSize,
    });
  });

  test('say nothing before the second step', () => {
    const rows = [row(0, { eval_time: 9 }), row(1, { step_time: 60, num_tokens: 100 })];
    expect(measuredBy(rows, defaultConfig)).toBeNull();
  });
});

describe('the trainer’s measurement', () => {
  let policies: string;

  beforeAll(async () => {
    policies = await writeChattyPolicy();
  });

  afterAll(() => rm(policies, { recursive: true }));

  test('of a large recipe takes a part with whole groups', () => {
    const large = { ...defaultConfig, numGenerations: 24, generationBatchSize: 240 };
    expect(measuredPart(large)).toMatchObject({ generationBatchSize: 48, numEvalPrompts: 64 });
    expect(measuredPart({ ...large, numGenerations: 120 }).generationBatchSize).toBe(120);
  });

  test('times real steps, tells the page nothing of them and leaves a run as it was', async () => {
    const config = tinyConfig({ maxSteps: 2 });
    const { trainer, events } = await openTrainer(policies);
    const result = await trainer.measure(config);
    expect(result).toMatchObject({
      completions: config.generationBatchSize,
      evalPrompts: config.numEvalPrompts,
    });
    expect(result.stepSeconds).toBeGreaterThan(0);
    expect(result.evalSeconds).toBeGreaterThan(0);
    expect(result.stepTokens).toBeGreaterThan(config.generationBatchSize);
    expect(rowsOf(events)).toEqual([]);
    await trainer.start(config);
    await trainer.settled();
    const after = rowsOf(events).map(({ values }) => values['reward']);
    const fresh = await openTrainer(policies);
    await fresh.trainer.start(config);
    await fresh.trainer.settled();
    expect(after).toEqual(rowsOf(fresh.events).map(({ values }) => values['reward']));
  });
});
