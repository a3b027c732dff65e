/**
 * Runs on a device that allows little: too large a run is refused before it starts and nothing is
 * lost; a smaller one learns in smaller micro-batches, and the same. The device is WASM under the
 * limits of a GPU.
 */
import { rm } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { deviceLimits } from '../../models/backend.ts';
import { tinyConfig, writeChattyPolicy } from './tinyPolicy.ts';
import { newest, openTrainer, rowsOf, said, stateOf } from './trainerHarness.ts';

vi.mock('../../models/backend.ts', { spy: true });

let policies: string;

beforeAll(async () => {
  policies = await writeChattyPolicy();
});

afterEach(() => vi.mocked(deviceLimits).mockReset());

afterAll(() => rm(policies, { recursive: true }));

const allow = (bytes: number): void => {
  const limits = { maxBufferSize: bytes, maxStorageBufferBindingSize: bytes };
  vi.mocked(deviceLimits).mockReturnValue(limits);
};

const coded = (code: string): unknown => expect.objectContaining({ code }) as unknown;

describe('a run that the device has no room for', () => {
  test('is refused before it starts: too-large, no tensors left, another one runs', async () => {
    const { trainer, events } = await openTrainer(policies);
    await trainer.start(tinyConfig({ maxSteps: 1 }));
    await trainer.settled();
    const left = tf.memory().numTensors;
    allow(40_000);
    const refused = trainer.start(tinyConfig());
    await expect(refused).rejects.toThrow(coded('too-large'));
    await expect(refused).rejects.toThrow(
      /of all weights needs 1 MB in one piece; .*\. Use a smaller policy\./,
    );
    expect(said(events).slice(-2)).toEqual(['failure too-large', 'failed']);
    expect(tf.memory().numTensors).toBeLessThan(left);
    vi.mocked(deviceLimits).mockReset();
    await trainer.start(tinyConfig({ maxSteps: 1 }));
    await trainer.settled();
    expect(stateOf(events)).toBe('idle');
  });

  test('is refused when resumed, too, and its checkpoints stay', async () => {
    const { trainer, store } = await openTrainer(policies);
    const runId = await trainer.startPaused(tinyConfig());
    await trainer.settled();
    const before = (await newest(store, runId)).digest;
    allow(40_000);
    await expect(trainer.resume(runId)).rejects.toThrow(coded('too-large'));
    expect((await newest(store, runId)).digest).toEqual(before);
  });
});

test('a run that fits in small micro-batches takes them, and learns the same', async () => {
  const config = tinyConfig({ maxSteps: 2, beta: 0.05 });
  const losses = async (): Promise<number[]> => {
    const { trainer, events } = await openTrainer(policies);
    await trainer.start(config);
    await trainer.settled();
    return rowsOf(events).flatMap(({ values }) => {
      const { loss, grad_norm: norm } = values;
      return loss === undefined || norm === undefined ? [] : [loss, norm];
    });
  };
  const whole = await losses();
  allow(64_000);
  const { trainer } = await openTrainer(policies);
  await trainer.startPaused(config);
  await trainer.settled();
  expect(trainer.learner()!.microBatch.rows).toBe(4);
  await trainer.stop();
  const split = await losses();
  expect(split).toHaveLength(4);
  split.forEach((value, i) => {
    expect(value).toBeCloseTo(whole[i]!, 5);
  });
});
