/**
 * Every method really trains: whole small runs on the tiny policy, with what each setting must
 * show in the metrics; the same bits twice; and the reference's state through a checkpoint.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/rft/config.ts';
import type { RunConfig } from '../../src/rft/configTable.ts';
import { packLearner, restoreLearner } from '../../src/rft/checkpoint.ts';
import { createLearner, disposeLearner, follow, type Learner } from '../../src/rft/learner.ts';
import { lossTypes } from '../../src/rft/lossTable.ts';
import { takeStep } from '../../src/rft/methods.ts';
import { presets, presetValues } from '../../src/rft/presets.ts';
import { calculatorChain } from '../../src/tasks/calculatorChain.ts';
import { startNodeBackend } from '../../workers/nodeBackend.ts';
import { digest } from './digest.ts';
import { chattyFolder, tinyConfig } from './tinyPolicy.ts';

beforeAll(async () => {
  await startNodeBackend('wasm', (error) => {
    throw error;
  });
});

/** Rewards that vary within nearly every group of the chatty policy. */
const lively = {
  rewards: [{ kind: 'length_target' as const, name: 'short', target: 3, width: 6 }],
} as unknown as Partial<RunConfig>;

async function run(changes: Partial<RunConfig>, steps = 3) {
  const learner = createLearner(
    tinyConfig({ ...lively, ...changes }),
    calculatorChain,
    chattyFolder(),
  );
  const rows: Record<string, number>[] = [];
  for (let i = 0; i < steps; i++) rows.push(await (await takeStep(learner)).metrics);
  const bytes = await packLearner(learner);
  disposeLearner(learner);
  return { rows, bits: digest(bytes) };
}

const finite = (rows: readonly Record<string, number>[]): boolean =>
  rows.every((row) => Object.values(row).every(Number.isFinite));

describe.each(presets)('$label', (preset) => {
  const settings = presetValues(preset);

  test('is a valid recipe with every default task', () => {
    expect(parseConfig(settings).problems).toEqual([]);
  });

  test('trains, with the same bits twice', async () => {
    const first = await run(settings);
    expect(finite(first.rows)).toBe(true);
    expect(first.bits).not.toBe((await run(settings, 0)).bits);
    expect((await run(settings)).bits).toBe(first.bits);
  });
});

test.each(lossTypes)(
  '%s: several updates per batch move the policy further than one',
  async (lossType) => {
    const numIterations = lossType === 'reinforce' ? 1 : 3;
    const epsilonHigh = lossType === 'cispo' ? 5 : 0.2;
    const changed = await run({ lossType, numIterations, epsilonHigh });
    expect(finite(changed.rows)).toBe(true);
    const once = await run({ lossType, epsilonHigh });
    if (numIterations > 1) expect(changed.bits).not.toBe(once.bits);
  },
);

test('each setting of the loss acts, and none acts where it is off', async () => {
  const plain = await run({ numIterations: 2 });
  const acting: Partial<RunConfig>[] = [
    { entropyCoef: 0.05 },
    { topEntropyQuantile: 0.3 },
    { offPolicyMaskThreshold: 1e-6 },
    { importanceSamplingLevel: 'sequence', epsilon: 1e-5, epsilonHigh: 1e-5 },
    { epsilon: 1e-5, epsilonHigh: 1e-5 },
    { maskTruncatedCompletions: true, maxCompletionLength: 3 },
    { advantageBaseline: 'leave_one_out' },
    { beta: 0.5, klEstimator: 'k2' },
    { beta: 0.5, klEstimator: 'k3' },
    { beta: 0.5, klEstimator: 'k1', klInReward: true },
    { beta: 0.5, useBiasCorrectionKl: true },
  ];
  const seen = new Set([plain.bits]);
  for (const changes of acting) {
    const { rows, bits } = await run({ numIterations: 2, ...changes });
    expect(finite(rows)).toBe(true);
    seen.add(bits);
  }
  expect(seen.size).toBe(acting.length + 1);
});

test('the entropy bonus is told apart from the policy’s loss', async () => {
  const { rows } = await run({ entropyCoef: 0.05 });
  for (const row of rows) {
    expect(row['entropy_coef']).toBe(0.05);
    expect(row['loss']).toBeCloseTo(row['policy_loss']! - 0.05 * row['entropy']!, 4);
  }
});

test('a KL in the reward lowers the reward by β times the completion’s KL', async () => {
  const { rows } = await run({ beta: 2, klEstimator: 'k1', klInReward: true }, 4);
  const last = rows.at(-1)!;
  expect(last['kl']).not.toBe(0);
  const gap = last['reward']! - last['rewards/short/mean']!;
  const perCompletion = last['kl']! * last['completions/mean_length']!;
  expect(gap).toBeCloseTo(-2 * perCompletion, 4);
});

test('dynamic sampling fills the step with groups that teach, within its budget', async () => {
  // Only now and then does a completion end at once, so most groups have no spread.
  const rare = {
    rewards: [{ kind: 'string_check', name: 'is_7', operation: 'eq', reference: '7' }],
    numGenerations: 2,
    numPrompts: 64,
  } as unknown as Partial<RunConfig>;
  const plain = await run({ ...rare }, 2);
  const filled = await run({ ...rare, maxNumGenBatches: 8 }, 2);
  expect(plain.rows.every((row) => !('num_gen_batches' in row))).toBe(true);
  filled.rows.forEach((row, i) => {
    expect(row['num_gen_batches']).toBeGreaterThan(1);
    expect(row['num_gen_batches']).toBeLessThanOrEqual(8);
    expect(row['frac_reward_zero_std']).toBeLessThan(plain.rows[i]!['frac_reward_zero_std']!);
    expect(row['num_tokens']).toBeGreaterThan(plain.rows[i]!['num_tokens']!);
  });
});

test('a reference that follows is part of the checkpoint, bit for bit', async () => {
  const config = tinyConfig({
    ...lively,
    beta: 0.5,
    syncRefModel: true,
    refModelSyncSteps: 2,
    refModelMixupAlpha: 0.5,
    maxSteps: 6,
  });
  const make = () => createLearner(config, calculatorChain, chattyFolder());
  const whole = make();
  for (let i = 0; i < 3; i++) await (await takeStep(whole)).metrics;
  const middle = await packLearner(whole);
  for (let i = 0; i < 3; i++) await (await takeStep(whole)).metrics;
  const again = make();
  restoreLearner(again, middle);
  for (let i = 0; i < 3; i++) await (await takeStep(again)).metrics;
  expect(digest(await packLearner(again))).toBe(digest(await packLearner(whole)));
  const fixed = await run({ beta: 0.5, maxSteps: 6 }, 6);
  const moved = await run({ ...config }, 6);
  expect(moved.bits).not.toBe(fixed.bits);
  disposeLearner(whole);
  disposeLearner(again);
});

test('a moved reference survives a stretch without KL, through a checkpoint', async () => {
  const config = tinyConfig({
    ...lively,
    syncRefModel: true,
    refModelSyncSteps: 1,
    beta: 0.5,
    maxSteps: 6,
    changes: [
      { step: 3, beta: 0 },
      { step: 5, beta: 0.5 },
    ],
  });
  const make = () => createLearner(config, calculatorChain, chattyFolder());
  const step = async (learner: Learner) => {
    follow(learner, config);
    await (
      await takeStep(learner)
    ).metrics;
  };
  const whole = make();
  for (let i = 0; i < 4; i++) await step(whole);
  const middle = await packLearner(whole);
  for (let i = 0; i < 2; i++) await step(whole);
  const again = make();
  again.reference = null; // as a resume at a step without KL finds it
  again.step = 3;
  follow(again, config);
  restoreLearner(again, middle);
  for (let i = 0; i < 2; i++) await step(again);
  expect(digest(await packLearner(again))).toBe(digest(await packLearner(whole)));
  disposeLearner(whole);
  disposeLearner(again);
});
