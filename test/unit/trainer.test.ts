/**
 * The trainer's state machine on a tiny policy: the order of events, the metrics' names, who may
 * do what when, and the same bytes from the same seed with and without a stop in between.
 * Failures of the surroundings are in trainerFailures.test.ts.
 */
import { rm } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunConfig } from '../../src/rft/configTable.ts';
import { readPolicyFrom } from '../../workers/node.ts';
import { createMemoryStore } from '../../workers/memoryStore.ts';
import type { TrainerStore } from '../../workers/activeRun.ts';
import { tinyConfig, writeChattyPolicy } from './tinyPolicy.ts';
import {
  failuresOf,
  newest,
  openTrainer,
  rowsOf,
  said,
  stateOf,
  withoutTimes,
  type Harness,
} from './trainerHarness.ts';

let policies: string;

beforeAll(async () => {
  policies = await writeChattyPolicy();
});

afterAll(() => rm(policies, { recursive: true }));

/** A whole run, alone in its store. */
async function wholeRun(config: RunConfig): Promise<Harness & { runId: string }> {
  const harness = await openTrainer(policies);
  const runId = await harness.trainer.start(config);
  await harness.trainer.settled();
  expect(failuresOf(harness.events)).toEqual([]);
  return { ...harness, runId };
}

describe('events', () => {
  test('come in the order of the work', async () => {
    const { events } = await wholeRun(tinyConfig({ maxSteps: 2, evalSteps: 5 }));
    const step = (n: number): string[] => [`sampling ${n}`, `learning ${n}`, `rollout ${n}`];
    expect(said(events)).toEqual([
      ...['idle', 'loading', 'backend', 'run', 'history ', 'running'],
      ...['evaluating 0', 'metrics 0'],
      ...[...step(1), 'metrics 1'],
      ...[...step(2), 'evaluating 2', 'metrics 2', 'saving 2', 'end 2', 'run'],
      ...['idle', 'finished'],
    ]);
  });

  test('pause, step, proceed and stop', async () => {
    const { trainer, events, atMetrics } = await openTrainer(policies);
    atMetrics(1, () => void trainer.pause());
    await trainer.start(tinyConfig({ maxSteps: 50, evalSteps: 50, saveSteps: 50 }));
    await trainer.settled();
    expect(said(events).slice(-5)).toEqual(['metrics 1', 'saving 1', 'pause 1', 'run', 'paused']);
    await trainer.step();
    const step = (n: number): string[] => [`sampling ${n}`, `learning ${n}`, `rollout ${n}`];
    expect(said(events).slice(-9)).toEqual([
      ...['running', ...step(2), 'metrics 2'],
      ...['saving 2', 'pause 2', 'run', 'paused'],
    ]);
    atMetrics(3, () => void trainer.stop());
    await trainer.proceed();
    await trainer.settled();
    expect(said(events).slice(-10)).toEqual([
      ...['running', ...step(3), 'metrics 3'],
      ...['saving 3', 'end 3', 'run', 'idle', 'finished'],
    ]);
    expect(events.findLast((event) => event.type === 'run')?.run).toMatchObject({
      step: 3,
      finished: false,
    });
  });

  test('startPaused stops after one step; stop needs no step more', async () => {
    const { trainer, events } = await openTrainer(policies);
    await trainer.startPaused(tinyConfig());
    await trainer.settled();
    expect(stateOf(events)).toBe('paused');
    expect(rowsOf(events).map((row) => row.step)).toEqual([0, 1]);
    await trainer.stop();
    expect(stateOf(events)).toBe('idle');
    expect(rowsOf(events)).toHaveLength(2);
  });

  test('show rollouts whose advantages and rewards belong together', async () => {
    const { events } = await wholeRun(tinyConfig({ maxSteps: 1 }));
    const { rollout } = events.find((event) => event.type === 'rollout')!;
    expect(rollout.rewardNames).toEqual(['correct', 'format']);
    expect(rollout.groups.map((group) => group.completions.length)).toEqual([4, 4]);
    for (const { completions } of rollout.groups) {
      for (const one of completions) {
        expect(one.reward).toBeCloseTo(0.9 * one.rewards[0]! + 0.1 * one.rewards[1]!, 12);
        expect(one.logps).toHaveLength(one.tokens.length + (one.finishReason === 'eos' ? 1 : 0));
        expect(one.entropies).toHaveLength(one.logps.length);
        expect(Math.min(...one.entropies!)).toBeGreaterThanOrEqual(0);
        for (const two of completions) {
          if (one.reward! > two.reward!) expect(one.advantage).toBeGreaterThan(two.advantage);
        }
      }
    }
  });
});

describe('metrics', () => {
  const always = [
    ...['reward', 'reward_std', 'frac_reward_zero_std'],
    ...['rewards/correct/mean', 'rewards/correct/std', 'rewards/format/mean', 'rewards/format/std'],
    ...['completions/mean_length', 'completions/min_length', 'completions/max_length'],
    ...['completions/clipped_ratio', 'completions/mean_terminated_length', 'entropy'],
    ...['loss', 'grad_norm', 'learning_rate', 'num_tokens', 'step_time'],
    ...['clip_ratio/low_mean', 'clip_ratio/low_min', 'clip_ratio/high_mean'],
    ...['clip_ratio/high_max', 'clip_ratio/region_mean', 'train_accuracy'],
  ];
  const held = [
    ...['eval_greedy', 'eval_pass@1', 'eval_pass@2', 'eval_reward'],
    ...['eval_completions/mean_length', 'eval_time'],
  ];

  test.each([
    ['without KL', {}, []],
    ['with KL', { beta: 0.05 }, ['kl']],
  ])('%s: exactly the documented keys, all finite', async (_name, changes, more) => {
    const { events } = await wholeRun(tinyConfig({ maxSteps: 3, ...changes }));
    const [base, one, two, three] = rowsOf(events);
    expect(Object.keys(base!.values).sort()).toEqual([...held].sort());
    expect(Object.keys(one!.values).sort()).toEqual([...always, ...more].sort());
    for (const row of [two, three]) {
      expect(Object.keys(row!.values).sort()).toEqual([...always, ...held, ...more].sort());
    }
    for (const { values } of rowsOf(events)) {
      expect(Object.values(values).every(Number.isFinite)).toBe(true);
    }
    expect(one!.values['grad_norm']).toBeGreaterThan(0);
    expect(one!.values['learning_rate']).toBeCloseTo(0.005, 9);
  });

  test('several updates a batch and a KL coefficient: kl grows from 0 and is reported', async () => {
    const base = tinyConfig({ beta: 0.05, maxSteps: 3 });
    const once = rowsOf((await wholeRun(base)).events);
    expect(Math.abs(once[1]!.values['kl']!)).toBeLessThan(1e-6);
    expect(once[3]!.values['kl']).toBeGreaterThan(1e-6);
    // The second update on the first batch sees a policy that has left its reference already.
    const twice = rowsOf((await wholeRun({ ...base, numIterations: 2 })).events);
    expect(twice[1]!.values['kl']).toBeGreaterThan(1e-6);
    expect(twice[1]!.values['num_tokens']).toBe(once[1]!.values['num_tokens']);
  });

  test('no tensors pile up from step to step', async () => {
    const { trainer, atMetrics } = await openTrainer(policies);
    const counts: number[] = [];
    for (const step of [2, 3, 4]) atMetrics(step, () => counts.push(tf.memory().numTensors));
    await trainer.start(tinyConfig({ beta: 0.05, numIterations: 2, evalSteps: 1, saveSteps: 1 }));
    await trainer.settled();
    expect(counts).toEqual([counts[0], counts[0], counts[0]]);
  });
});

describe('a call in the wrong state is refused', () => {
  const config = tinyConfig({ maxSteps: 50 });
  const calls: Record<string, (h: Harness) => Promise<unknown>> = {
    start: ({ trainer }) => trainer.start(config),
    startPaused: ({ trainer }) => trainer.startPaused(config),
    resume: ({ trainer }) => trainer.resume('run-1'),
    pause: ({ trainer }) => trainer.pause(),
    proceed: async ({ trainer }) => {
      await trainer.proceed();
    },
    step: ({ trainer }) => trainer.step(),
    stop: ({ trainer }) => trainer.stop(),
  };
  const expectRefused = async (harness: Harness, names: string[]): Promise<void> => {
    const before = harness.events.length;
    for (const name of names) {
      await expect(calls[name]!(harness)).rejects.toThrow(
        expect.objectContaining({ code: 'wrong-state' }),
      );
    }
    const since = said(harness.events.slice(before));
    expect(since.filter((word) => word !== 'backend')).toEqual([]);
  };

  test('idle, loading, running, paused', async () => {
    const harness = await openTrainer(policies);
    const { trainer, events, atMetrics } = harness;
    await expectRefused(harness, ['pause', 'proceed', 'step', 'stop']);
    const loading = trainer.start(config);
    expect(stateOf(events)).toBe('loading');
    await expectRefused(harness, Object.keys(calls));
    let refused: Promise<void> | undefined;
    atMetrics(1, () => {
      refused = Promise.all(
        ['start', 'startPaused', 'resume', 'proceed', 'step'].map((name) =>
          expect(calls[name]!(harness)).rejects.toThrow(/while the trainer is running/),
        ),
      ).then(() => trainer.stop());
    });
    await loading;
    expect(stateOf(events)).toBe('running');
    await trainer.settled();
    await refused;
    expect(stateOf(events)).toBe('idle');
    await trainer.startPaused(config);
    await trainer.settled();
    await expectRefused(harness, ['pause']);
  });
});

describe('reproducibility', () => {
  test('one seed twice gives the same bytes, another seed others, and something is learnt', async () => {
    const config = tinyConfig();
    const [a, b, c] = [
      await wholeRun(config),
      await wholeRun(config),
      await wholeRun({ ...config, seed: 2 }),
    ];
    const [first, again, other] = await Promise.all(
      [a, b, c].map(({ store, runId }) => newest(store, runId)),
    );
    expect(first!.step).toBe(4);
    expect(again!.digest).toEqual(first!.digest);
    expect(other!.digest).not.toEqual(first!.digest);
    expect(rowsOf(b.events).map(withoutTimes)).toEqual(rowsOf(a.events).map(withoutTimes));
    const base = await readPolicyFrom(policies, config.policy);
    const name = 'model.layers.0.mlp.down_proj.weight';
    expect(first!.byName.get(name)!.data).not.toEqual(base.folder.tensors.get(name)!.data);
  });

  test.each([
    ['one update a batch', {}],
    ['two updates, KL, cosine', { numIterations: 2, beta: 0.05, lrSchedulerType: 'cosine' }],
  ] as const)('paused and resumed elsewhere equals uninterrupted: %s', async (_name, changes) => {
    const config = tinyConfig({ maxSteps: 5, weightDecay: 0.01, ...changes });
    const whole = await wholeRun(config);
    const { trainer, store, atMetrics } = await openTrainer(policies);
    atMetrics(2, () => void trainer.pause());
    const runId = await trainer.start(config);
    await trainer.settled();
    expect((await newest(store, runId)).step).toBe(2);

    const later = await openTrainer(policies, {}, store);
    await later.trainer.resume(runId, { paused: true });
    expect(said(later.events)).toEqual([
      'idle',
      'loading',
      'backend',
      'run',
      'history 0,1,2',
      'paused',
    ]);
    await later.trainer.proceed();
    await later.trainer.settled();
    expect(stateOf(later.events)).toBe('idle');

    const [expected, actual] = [await newest(whole.store, whole.runId), await newest(store, runId)];
    expect(actual.step).toBe(5);
    expect(actual.digest).toEqual(expected.digest);
    expect(actual.rngCounters).toEqual(expected.rngCounters);
    expect(actual.promptCursor).toBe(expected.promptCursor);
    expect(actual.bestEval).toBe(expected.bestEval);
    const rows = async (from: TrainerStore, id: string) =>
      (await from.metrics(id)).map(withoutTimes);
    expect(await rows(store, runId)).toEqual(await rows(whole.store, whole.runId));
  });

  test('every step draws anew, even from the same policy and the same prompts', async () => {
    const config = tinyConfig({ numPrompts: 2, learningRate: 0, maxSteps: 2 });
    const { events } = await wholeRun(config);
    const [first, second] = events
      .filter((event) => event.type === 'rollout')
      .map(({ rollout }) => rollout.groups);
    const drawn = (groups: typeof first): string[] =>
      groups!.flatMap(({ completions }) => completions.map(({ tokens }) => tokens.join('')));
    expect(second!.map(({ prompt }) => prompt)).toEqual(first!.map(({ prompt }) => prompt));
    expect(drawn(second)).not.toEqual(drawn(first));
  });

  test('going back to an older checkpoint replaces what came after it', async () => {
    const { trainer, store, events, runId } = await wholeRun(tinyConfig({ saveSteps: 1 }));
    const end = await newest(store, runId);
    await trainer.resume(runId, { checkpointId: `${runId}:2` });
    await trainer.settled();
    expect(said(events)).toContain('history 0,1,2');
    expect((await newest(store, runId)).digest).toEqual(end.digest);
    expect((await store.metrics(runId)).map((row) => row.step)).toEqual([0, 1, 2, 3, 4]);
  });
});

test('Stop while the checkpoint of a pause is being written ends the run', async () => {
  const inner = createMemoryStore();
  const gate: { open?: () => void } = {};
  const { trainer, events } = await openTrainer(
    policies,
    {},
    {
      ...inner,
      saveCheckpoint: async (...args) => {
        await new Promise<void>((resolve) => (gate.open = resolve));
        return inner.saveCheckpoint(...args);
      },
    },
  );
  await trainer.startPaused(tinyConfig({ evalSteps: 50, saveSteps: 50 }));
  await expect.poll(() => gate.open).toBeTypeOf('function');
  const stopped = trainer.stop();
  gate.open?.();
  await stopped;
  expect(stateOf(events)).toBe('idle');
});
