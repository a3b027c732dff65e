/** SFT and rejection sampling: what is imitated, that it is learnt, and that it resumes in the same bits. */
import { beforeAll, describe, expect, test } from 'vitest';
import { packLearner, restoreLearner } from '../../src/rft/checkpoint.ts';
import type { RunConfig } from '../../src/rft/configTable.ts';
import { goldCompletion } from '../../src/rft/goldCompletion.ts';
import { winners } from '../../src/rft/imitationStep.ts';
import { createLearner, type Learner } from '../../src/rft/learner.ts';
import { takeStep } from '../../src/rft/methods.ts';
import type { StepRow } from '../../src/rft/stepRow.ts';
import { calculatorChain } from '../../src/tasks/calculatorChain.ts';
import { reversal } from '../../src/tasks/reversal.ts';
import { startNodeBackend } from '../../workers/nodeBackend.ts';
import { digest } from './digest.ts';
import { chattyFolder, tinyConfig } from './tinyPolicy.ts';

const fresh = (changes: Partial<RunConfig>): Learner =>
  createLearner(tinyConfig(changes), calculatorChain, chattyFolder());

beforeAll(async () => {
  await startNodeBackend('wasm', (error) => {
    throw error;
  });
}, 60_000);

describe('SFT', () => {
  test('samples nothing and learns the answers it is shown', async () => {
    const learner = fresh({ method: 'sft', generationBatchSize: 6, maxSteps: 20 });
    const losses: number[] = [];
    for (let step = 0; step < 20; step++) {
      const { rows, metrics: pending } = await takeStep(learner);
      const metrics = await pending;
      expect(rows).toEqual([]);
      losses.push(metrics['loss']!);
    }
    expect(losses.at(-1)!).toBeLessThan(losses[0]! / 2);
    expect(learner.step).toBe(20);
    // Six texts a step of three prompts: each prompt twice, so the cursor is back where it was.
    expect(learner.promptCursor).toBe(0);
    const answers = learner.train.map(
      ({ prompt, answer }) => prompt.length + 1 + answer.length + 3,
    );
    expect(learner.numTokens).toBe(20 * 2 * answers.reduce((a, b) => a + b, 0));
  });

  test('shows worked chains where asked to, and the bare answer in the task’s own form', () => {
    const example = { prompt: 'A1+2|', answer: '3', gold: '<1+2=3>3' };
    expect(goldCompletion(calculatorChain, example, 'chain')).toBe('<1+2=3>3');
    expect(goldCompletion(calculatorChain, example, 'answer')).toBe('<>3');
    expect(goldCompletion(reversal, { ...example, gold: '3' }, 'answer')).toBe('3');
  });

  test('a restored learner goes on in the same bits', async () => {
    const [one, two] = [fresh({ method: 'sft' }), fresh({ method: 'sft' })];
    await (
      await takeStep(one)
    ).metrics;
    restoreLearner(two, await packLearner(one));
    await (
      await takeStep(one)
    ).metrics;
    await (
      await takeStep(two)
    ).metrics;
    expect(digest(await packLearner(two))).toBe(digest(await packLearner(one)));
  });

  test('sampling settings make no difference to it', async () => {
    const [one, two] = [
      fresh({ method: 'sft' }),
      fresh({ method: 'sft', temperature: 2, topK: 3 }),
    ];
    await (
      await takeStep(one)
    ).metrics;
    await (
      await takeStep(two)
    ).metrics;
    expect(digest(await packLearner(two))).toBe(digest(await packLearner(one)));
  });
});

describe('rejection sampling', () => {
  const rewarded = (...rewards: (number | null)[]): StepRow[] =>
    rewards.map((reward) => ({ reward }) as StepRow);
  const places = (rows: StepRow[], size: number): number[] =>
    winners(rows, size).map((row) => rows.indexOf(row));

  test('keeps the first of the best in each group, and none where nothing was earned', () => {
    const rows = rewarded(0.1, 1, 1, 0, 0, 0, null, 0.1, null, null, null, null);
    expect(places(rows, 4)).toEqual([1, 7]);
    expect(places(rewarded(-1, -0.5), 2)).toEqual([]);
    expect(places(rewarded(0, 0), 2)).toEqual([]);
  });

  test('reports rollouts and their rewards as RFT does, and moves the policy', async () => {
    const learner = fresh({ method: 'rejection' });
    const before = digest(await packLearner(learner));
    const told: StepRow[] = [];
    const { rows, metrics: pending } = await takeStep(learner, undefined, (sampled) => {
      told.push(...sampled);
      return Promise.resolve();
    });
    const metrics = await pending;
    expect(rows).toHaveLength(8);
    expect(told).toEqual(rows); // before the update
    const kept = winners(rows, learner.config.numGenerations);
    expect(kept.length).toBeGreaterThan(0);
    expect(rows.map(({ advantage }) => advantage)).toEqual(
      rows.map((row) => (kept.includes(row) ? 1 : 0)),
    );
    expect(metrics['reward']).toBeGreaterThan(0);
    expect(metrics['loss']).toBeGreaterThan(0);
    expect(digest(await packLearner(learner))).not.toBe(before);
  });
});
