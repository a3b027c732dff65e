/**
 * The digest of a run: anything that is changed in what a run did changes it, and a run that was
 * stopped and taken up again, or forked without a change, has the digests of one that went through.
 */
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/rft/config.ts';
import {
  firstLink,
  milestoneDigest,
  milestoneSteps,
  nextLink,
  type DigestRow,
} from '../../src/rft/digest.ts';
import { parseSafetensors, writeSafetensors } from '../../models/safetensors.ts';
import { createMemoryStore } from '../../workers/memoryStore.ts';
import { sameDevice, type TrainerStore } from '../../workers/activeRun.ts';
import { startNodeBackend } from '../../workers/nodeBackend.ts';
import { tinyConfig, writeChattyPolicy } from './tinyPolicy.ts';
import { failuresOf, openTrainer, rowsOf } from './trainerHarness.ts';

describe('a digest', () => {
  const row: DigestRow = {
    rollout: { promptIds: [1, 2], completionIds: [3, 4], finishReason: 'eos' },
    scores: [1, null],
    reward: 0.5,
  };
  const rows = [row, { ...row, scores: [0, 0.25], reward: 0.25 }];
  const start = firstLink('ab');
  const chain = nextLink(start, 1, rows);
  const parameters = () => new Map([['w', { shape: [2], data: Float32Array.of(1, 0) }]]);
  const changedRow = (change: Partial<DigestRow>) => [{ ...row, ...change }, rows[1]!];
  const rollout = (change: Partial<DigestRow['rollout']>) =>
    changedRow({ rollout: { ...row.rollout, ...change } });

  test('is the same for the same run', () => {
    expect(nextLink(firstLink('ab'), 1, structuredClone(rows))).toBe(chain);
    expect(milestoneDigest(chain, parameters())).toBe(milestoneDigest(chain, parameters()));
    expect(chain).toMatch(/^[0-9a-f]{64}$/);
  });

  test.each([
    ['another base', nextLink(firstLink('ac'), 1, rows)],
    ['another step', nextLink(start, 2, rows)],
    ['a token', nextLink(start, 1, rollout({ completionIds: [3, 5] }))],
    ['a token of the prompt', nextLink(start, 1, rollout({ promptIds: [1, 3] }))],
    [
      'where the prompt ends',
      nextLink(start, 1, rollout({ promptIds: [1], completionIds: [2, 3, 4] })),
    ],
    ['the end', nextLink(start, 1, rollout({ finishReason: 'length' }))],
    ['a score', nextLink(start, 1, changedRow({ scores: [1, 0] }))],
    ['a reward by its last bit', nextLink(start, 1, changedRow({ reward: 0.5 + 2 ** -53 }))],
    ['a missing reward', nextLink(start, 1, changedRow({ reward: null }))],
    ['the order', nextLink(start, 1, rows.toReversed())],
    ['a row more', nextLink(start, 1, [...rows, row])],
    ['an earlier step', nextLink(nextLink(start, 1, []), 1, rows)],
  ])('%s changes it', (_name, other) => expect(other).not.toBe(chain));

  test('one bit of a parameter changes it', () => {
    const flipped = parameters();
    flipped.get('w')!.data[1] = -0;
    expect(milestoneDigest(chain, flipped)).not.toBe(milestoneDigest(chain, parameters()));
  });
});

test.each([
  [{ maxSteps: 60, evalSteps: 10 }, [0, 10, 20, 30, 40, 50, 60]],
  [{ maxSteps: 25, evalSteps: 10 }, [0, 10, 20, 25]],
  [{ maxSteps: 5, evalSteps: 10 }, [0, 5]],
  [{ maxSteps: 300, evalSteps: 10 }, [0, 40, 90, 130, 170, 210, 260, 300]],
  [{ maxSteps: 1, evalSteps: 1 }, [0, 1]],
])('milestones of %j', (settings, steps) => {
  expect(milestoneSteps(parseConfig(settings).config!)).toEqual(steps);
});

describe('the digests of a run', () => {
  let policies: string;
  const config = tinyConfig({ maxSteps: 4, evalSteps: 2, saveSteps: 1 });

  beforeAll(async () => {
    policies = await writeChattyPolicy();
  });
  afterAll(() => rm(policies, { recursive: true }));

  type Digests = [step: number, digest: string | undefined][];

  async function digestsIn(store: TrainerStore, runId: string): Promise<Digests> {
    return (await store.metrics(runId)).map(({ step, digest }) => [step, digest]);
  }

  async function wholeRun(store = createMemoryStore()): Promise<Digests> {
    const { trainer, events } = await openTrainer(policies, {}, store);
    const runId = await trainer.start(config);
    await trainer.settled();
    expect(failuresOf(events)).toEqual([]);
    return digestsIn(store, runId);
  }

  test('are at its milestones, all different', async () => {
    const digests = await wholeRun();
    const given = digests.filter(([, digest]) => digest !== undefined);
    expect(given.map(([step]) => step)).toEqual([0, 2, 4]);
    expect(new Set(given.map(([, digest]) => digest)).size).toBe(3);
  });

  test('are the same after a stop, a new trainer, and a fork that changes nothing', async () => {
    const whole = await wholeRun();
    const store = createMemoryStore();
    const first = await openTrainer(policies, {}, store);
    first.atMetrics(1, () => void first.trainer.pause());
    const runId = await first.trainer.start(config);
    await first.trainer.settled();
    const second = await openTrainer(policies, {}, store);
    await second.trainer.resume(runId);
    await second.trainer.settled();
    expect(await digestsIn(store, runId)).toEqual(whole);
    const fork = await second.trainer.fork(runId, `${runId}:3`, config);
    await second.trainer.settled();
    expect(await digestsIn(store, fork)).toEqual(whole);
  });

  test('another seed and a change on the way give others', async () => {
    const whole = await wholeRun();
    const { trainer, events, atMetrics } = await openTrainer(policies);
    atMetrics(1, () => void trainer.change({ learningRate: 0.004 }));
    await trainer.start(config);
    await trainer.settled();
    const changed = rowsOf(events).map(({ digest }) => digest);
    expect(changed.slice(0, 2)).toEqual(whole.slice(0, 2).map(([, digest]) => digest));
    expect(changed[4]).not.toBe(whole[4]![1]);
  });

  test('go on only on the same device, with the same kernels', () => {
    const gpu = { backend: 'webgpu', device: 'one' } as const;
    const cpu = { backend: 'wasm', device: 'one' } as const;
    expect(sameDevice(gpu, { ...gpu })).toBe(true);
    expect(sameDevice(gpu, { ...gpu, device: 'other' })).toBe(false);
    expect(sameDevice(gpu, { ...gpu, notice: 'AdamW is left out.' })).toBe(false);
    expect(sameDevice(gpu, cpu)).toBe(false);
    expect(sameDevice(cpu, { ...cpu, notice: 'There is no GPU.' })).toBe(true);
  });

  test('end where another device or another version of the code goes on', async () => {
    const store = createMemoryStore();
    const first = await openTrainer(policies, {}, store);
    const runId = await first.trainer.startPaused(config);
    await first.trainer.settled();
    const onCpu = await openTrainer(
      policies,
      { startBackend: (_device, onTrouble) => startNodeBackend('cpu', onTrouble) },
      store,
    );
    await onCpu.trainer.resume(runId);
    await onCpu.trainer.settled();
    expect((await digestsIn(store, runId)).map(([, digest]) => digest !== undefined)).toEqual([
      ...[true, false, false, false, false],
    ]);

    const other = createMemoryStore();
    const load = other.loadCheckpoint.bind(other);
    const third = await openTrainer(policies, {}, other);
    const id = await third.trainer.startPaused(config);
    await third.trainer.settled();
    const { checkpoint } = await load(id);
    const { tensors, metadata } = parseSafetensors(checkpoint.tensors);
    const older = writeSafetensors(tensors, { ...metadata, code_version: 'older' });
    other.loadCheckpoint = () =>
      Promise.resolve({ checkpoint: { ...checkpoint, tensors: older }, damaged: [] });
    await third.trainer.resume(id);
    await third.trainer.settled();
    expect((await digestsIn(other, id)).at(-1)![1]).toBeUndefined();
  });
});
