/**
 * What is left when the surroundings fail: a full disk, trouble on the GPU, another base policy, a
 * policy too small for the recipe. Each says what happened and what was kept, and can be got over.
 */
import { rm } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CodedError } from '../../models/errors.ts';
import { createMemoryStore } from '../../workers/memoryStore.ts';
import { readPolicyFrom } from '../../workers/node.ts';
import { startNodeBackend } from '../../workers/nodeBackend.ts';
import type { TrainerStore } from '../../workers/activeRun.ts';
import type { TrainerHost } from '../../workers/trainer.ts';
import { tinyConfig, writeChattyPolicy } from './tinyPolicy.ts';
import { failuresOf, newest, openTrainer, rowsOf, said, stateOf } from './trainerHarness.ts';

let policies: string;

beforeAll(async () => {
  policies = await writeChattyPolicy();
});

afterAll(() => rm(policies, { recursive: true }));

const coded = (code: string): unknown => expect.objectContaining({ code }) as unknown;

/** A store that refuses checkpoints while `full` says so. */
function fullableStore(): { store: TrainerStore; disk: { full: boolean } } {
  const disk = { full: false };
  const inner = createMemoryStore();
  const store: TrainerStore = {
    ...inner,
    saveCheckpoint: (...args) =>
      disk.full
        ? Promise.reject(new CodedError('storage-full', 'There is no room left.'))
        : inner.saveCheckpoint(...args),
  };
  return { store, disk };
}

describe('a full disk', () => {
  test.each([
    ['in the middle', 2],
    ['at the very end', 4],
  ])('pauses the run %s, says so once, and loses nothing', async (_name, step) => {
    const config = tinyConfig({ saveSteps: 2, evalSteps: 50 });
    const calm = await openTrainer(policies);
    const calmId = await calm.trainer.start(config);
    await calm.trainer.settled();

    const { store, disk } = fullableStore();
    const { trainer, events, atMetrics } = await openTrainer(policies, {}, store);
    atMetrics(step, () => (disk.full = true));
    const runId = await trainer.start(config);
    await trainer.settled();
    expect(said(events).slice(-4)).toEqual([
      ...[`metrics ${step}`, `saving ${step}`, 'failure storage-full', 'paused'],
    ]);
    expect(failuresOf(events)).toHaveLength(1);

    disk.full = false;
    await trainer.proceed();
    await trainer.settled();
    expect(said(events).slice(-2)).toEqual(['idle', 'finished']);
    expect((await newest(store, runId)).digest).toEqual((await newest(calm.store, calmId)).digest);
    expect((await store.metrics(runId)).map((row) => row.step)).toEqual([0, 1, 2, 3, 4]);
  });

  test('at the last of single steps: with room again the next one stores the end', async () => {
    const { store, disk } = fullableStore();
    const { trainer, events } = await openTrainer(policies, {}, store);
    const runId = await trainer.startPaused(tinyConfig({ maxSteps: 3, saveSteps: 50 }));
    await trainer.settled();
    await trainer.step({ save: false });
    disk.full = true;
    await trainer.step({ save: false });
    expect(said(events).slice(-2)).toEqual(['failure storage-full', 'paused']);
    disk.full = false;
    await trainer.step({ save: false });
    expect(said(events).slice(-4)).toEqual(['end 3', 'run', 'idle', 'finished']);
    expect(await store.getRun(runId)).toMatchObject({ step: 3, finished: true });
    expect((await store.metrics(runId)).map((row) => row.step)).toEqual([0, 1, 2, 3]);
  });

  test('under a Stop: the run waits for room, and the next Stop ends it with all its steps', async () => {
    const { store, disk } = fullableStore();
    const { trainer, events, atMetrics } = await openTrainer(policies, {}, store);
    atMetrics(3, () => {
      disk.full = true;
      void trainer.stop();
    });
    const runId = await trainer.start(tinyConfig({ evalSteps: 50, saveSteps: 2 }));
    await trainer.settled();
    expect(said(events).slice(-3)).toEqual(['saving 3', 'failure storage-full', 'paused']);
    disk.full = false;
    await trainer.stop();
    expect(said(events).slice(-4)).toEqual(['end 3', 'run', 'idle', 'finished']);
    expect((await newest(store, runId)).step).toBe(3);
    expect((await store.metrics(runId)).map((row) => row.step)).toEqual([0, 1, 2, 3]);
  });

  test('cannot keep a run from being stopped', async () => {
    const { store, disk } = fullableStore();
    const { trainer, events } = await openTrainer(policies, {}, store);
    await trainer.startPaused(tinyConfig());
    await trainer.settled();
    await trainer.step();
    disk.full = true;
    await trainer.step();
    expect(stateOf(events)).toBe('paused');
    await trainer.stop();
    expect(stateOf(events)).toBe('idle');
    expect(failuresOf(events).map(({ code }) => code)).toEqual(['storage-full', 'storage-full']);
  });
});

test('storage that could not be opened once is opened the next time', async () => {
  const store = createMemoryStore();
  const disk = { shut: true };
  const { trainer } = await openTrainer(policies, {
    openStore: () =>
      disk.shut
        ? Promise.reject(new CodedError('storage-unavailable', 'Storage cannot be used now.'))
        : Promise.resolve(store),
  });
  const dryRun = () => trainer.dryRun(tinyConfig(), []);
  await expect(dryRun()).rejects.toThrow(coded('storage-unavailable'));
  disk.shut = false;
  expect((await dryRun()).rows).not.toEqual([]);
});

test('storage cleared under a run: it is stored anew, whole, in one piece, and that is said', async () => {
  const [old, fresh] = [createMemoryStore(), createMemoryStore()];
  const disk = { now: old, full: false };
  const store: TrainerStore = {
    ...old,
    // As in the browser, what fails rejects.
    saveCheckpoint: async (...args) => {
      if (disk.full && args[3]) throw new CodedError('storage-full', 'There is no room left.');
      return disk.now.saveCheckpoint(...args);
    },
  };
  const { trainer, events } = await openTrainer(policies, {}, store);
  const runId = await trainer.startPaused(tinyConfig());
  await trainer.settled();
  Object.assign(disk, { now: fresh, full: true });
  await trainer.step();
  expect(said(events).slice(-2)).toEqual(['failure storage-full', 'paused']);
  expect(await fresh.wholeRun(runId)).toBeNull();
  disk.full = false;
  await trainer.step();
  expect(failuresOf(events).at(-1)).toMatchObject({ code: 'storage-cleared' });
  expect(await fresh.getRun(runId)).toMatchObject({ step: 3 });
  expect((await fresh.metrics(runId)).map((row) => row.step)).toEqual([0, 1, 2, 3]);
  await trainer.stop();
});

/** A host whose backend can be made to report trouble. */
function troubledHost(): { changes: Partial<TrainerHost>; report: () => void } {
  let report = (): void => undefined;
  return {
    changes: {
      startBackend: (_device, onTrouble) => {
        report = () => {
          onTrouble(new CodedError('gpu-error', 'The GPU refused a computation.', 'shader'));
        };
        return startNodeBackend('wasm', onTrouble);
      },
    },
    report: () => {
      report();
    },
  };
}

describe('trouble on the GPU', () => {
  test.each([
    ['before any checkpoint', 1, 'No checkpoint had been written yet.'],
    ['after one', 3, 'The checkpoint of step 2 is kept.'],
  ])('while running, %s: failed, and it says what is kept', async (_name, step, kept) => {
    const { changes, report } = troubledHost();
    const { trainer, events, atMetrics } = await openTrainer(policies, changes);
    atMetrics(step, report);
    await trainer.start(tinyConfig({ saveSteps: 2, evalSteps: 50 }));
    await trainer.settled();
    expect(stateOf(events)).toBe('failed');
    expect(failuresOf(events)).toEqual([
      {
        code: 'gpu-error',
        message: `The GPU refused a computation. ${kept}`,
        detail: 'shader',
      },
    ]);
    // Nothing computed since is shown or kept.
    expect(
      rowsOf(events)
        .map((row) => row.step)
        .at(-1),
    ).toBe(step);
  });

  test('while paused: failed at once; resuming from what was kept gives the same end', async () => {
    const config = tinyConfig();
    const calm = await openTrainer(policies);
    const calmId = await calm.trainer.start(config);
    await calm.trainer.settled();

    const { changes, report } = troubledHost();
    const { trainer, events, store } = await openTrainer(policies, changes);
    const runId = await trainer.startPaused(config);
    await trainer.settled();
    report();
    expect(stateOf(events)).toBe('failed');
    expect(failuresOf(events)[0]?.message).toContain('The checkpoint of step 1 is kept.');
    await expect(trainer.step()).rejects.toThrow(coded('wrong-state'));
    await trainer.resume(runId);
    await trainer.settled();
    expect(stateOf(events)).toBe('idle');
    expect((await newest(store, runId)).digest).toEqual((await newest(calm.store, calmId)).digest);
  });

  test('a bug in the loop is a failure too, named as what it is', async () => {
    const store: TrainerStore = {
      ...createMemoryStore(),
      saveCheckpoint: () => Promise.reject(new Error('internal: something is off')),
    };
    const { trainer, events } = await openTrainer(policies, {}, store);
    await trainer.startPaused(tinyConfig());
    await trainer.settled();
    expect(stateOf(events)).toBe('failed');
    const [failure] = failuresOf(events);
    expect(failure).toMatchObject({ code: 'internal' });
    expect(failure?.detail).toContain('something is off');
  });
});

describe('a run that cannot be loaded', () => {
  test('another base policy: other-base, and nothing of the run is changed', async () => {
    const { trainer, store } = await openTrainer(policies);
    const runId = await trainer.startPaused(tinyConfig());
    await trainer.settled();
    const before = (await newest(store, runId)).digest;
    const elsewhere = await openTrainer(
      policies,
      {
        loadPolicy: async (name) => ({
          ...(await readPolicyFrom(policies, name)),
          hash: 'another',
        }),
      },
      store,
    );
    await expect(elsewhere.trainer.resume(runId)).rejects.toThrow(coded('other-base'));
    expect(said(elsewhere.events).slice(-2)).toEqual(['failure other-base', 'failed']);
    expect((await newest(store, runId)).digest).toEqual(before);
  });

  test('an unknown run: no-run', async () => {
    const { trainer, events } = await openTrainer(policies);
    await expect(trainer.resume('run-9')).rejects.toThrow(coded('no-run'));
    expect(stateOf(events)).toBe('failed');
  });

  test('completions that the policy has no room for: completion-too-long, no tensors left', async () => {
    const { trainer, events } = await openTrainer(policies);
    await trainer.start(tinyConfig({ maxSteps: 1 }));
    await trainer.settled();
    const longest = 32 - 16; // positions of the policy; prompt of at most 14, in steps of 4
    await expect(trainer.start(tinyConfig({ maxCompletionLength: longest + 1 }))).rejects.toThrow(
      coded('completion-too-long'),
    );
    expect(said(events).slice(-2)).toEqual(['failure completion-too-long', 'failed']);
    const left = tf.memory().numTensors;
    await expect(trainer.start(tinyConfig({ maxCompletionLength: longest + 1 }))).rejects.toThrow(
      /Shorten the longest completion/,
    );
    expect(tf.memory().numTensors).toBe(left);
    await trainer.start(tinyConfig({ maxCompletionLength: longest, maxSteps: 1 }));
    await trainer.settled();
    expect(stateOf(events)).toBe('idle');
  });

  test('texts to imitate that the policy has no room for: the same refusal', async () => {
    const { trainer } = await openTrainer(policies);
    const chains = { method: 'sft', sftTarget: 'chain' } as const;
    await expect(trainer.start(tinyConfig(chains))).rejects.toThrow(/Imitate shorter texts/);
    await trainer.start(tinyConfig({ method: 'sft', maxSteps: 1 }));
    await trainer.settled();
  });
});

test('a run whose numbers are no longer finite fails and keeps its last checkpoint', async () => {
  const { trainer, store, events } = await openTrainer(policies);
  const runId = await trainer.startPaused(tinyConfig());
  await trainer.settled();
  const before = await newest(store, runId);
  for (const weights of trainer.learner()!.policy.parameters.values()) {
    weights.assign(tf.fill(weights.shape, NaN));
  }
  await trainer.proceed();
  await trainer.settled();
  expect(stateOf(events)).toBe('failed');
  expect(failuresOf(events).at(-1)).toMatchObject({ code: 'diverged' });
  expect(failuresOf(events).at(-1)?.message).toContain(`checkpoint of step ${before.step} is kept`);
  expect((await newest(store, runId)).digest).toEqual(before.digest);
});
