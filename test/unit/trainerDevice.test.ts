/** Where a run is made: what its recipe asks for, from one run to the next in one trainer. */
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CodedError } from '../../models/errors.ts';
import { startNodeBackend } from '../../workers/nodeBackend.ts';
import type { TrainerHost } from '../../workers/trainer.ts';
import { tinyConfig, writeChattyPolicy } from './tinyPolicy.ts';
import {
  failuresOf,
  newest,
  openTrainer,
  rowsOf,
  stateOf,
  withoutTimes,
} from './trainerHarness.ts';

let policies: string;

beforeAll(async () => {
  policies = await writeChattyPolicy();
});

afterAll(() => rm(policies, { recursive: true }));

type Report = (error: CodedError) => void;

/** Automatic is tfjs' plain JavaScript here, so that the two can be told apart. */
function twoDevices(): { changes: Partial<TrainerHost>; starts: string[]; reports: Report[] } {
  const starts: string[] = [];
  const reports: Report[] = [];
  const startBackend: TrainerHost['startBackend'] = (device, onTrouble) => {
    starts.push(device);
    reports.push(onTrouble);
    return startNodeBackend(device === 'portable' ? 'wasm' : 'cpu', onTrouble);
  };
  return { changes: { startBackend }, starts, reports };
}

const automatic = tinyConfig({ maxSteps: 2, evalSteps: 2 });
const portable = { ...automatic, device: 'portable' } as const;

test('a portable run gives the same numbers alone and between automatic ones', async () => {
  const alone = await openTrainer(policies);
  await alone.trainer.start(portable);
  await alone.trainer.settled();

  const { changes, starts } = twoDevices();
  const { trainer, events } = await openTrainer(policies, changes);
  for (const config of [automatic, portable, portable, automatic]) {
    await trainer.start(config);
    await trainer.settled();
  }
  expect(failuresOf(events)).toEqual([]);
  expect(starts).toEqual(['auto', 'portable', 'auto']);
  const used = events.flatMap((event) => (event.type === 'backend' ? [event.info.backend] : []));
  expect(used).toEqual(['cpu', 'wasm', 'wasm', 'cpu']);
  const rows = rowsOf(events).map(withoutTimes);
  const own = rowsOf(alone.events).map(withoutTimes);
  expect(own).toHaveLength(3);
  expect(rows.slice(3, 6)).toStrictEqual(own);
  expect(rows.slice(6, 9)).toStrictEqual(own);
});

test('work beside a run at hand stays on its device', async () => {
  const { changes, starts } = twoDevices();
  const { trainer, events } = await openTrainer(policies, changes);
  await trainer.startPaused(portable);
  await trainer.settled();
  await trainer.dryRun(automatic, []);
  await trainer.proceed();
  await trainer.settled();
  expect(failuresOf(events)).toEqual([]);
  expect(starts).toEqual(['portable']);
});

test('after a run, work beside is on the device that its recipe asks for', async () => {
  const { changes, starts } = twoDevices();
  const { trainer, events } = await openTrainer(policies, changes);
  await trainer.start(automatic);
  await trainer.settled();
  await trainer.dryRun(portable, []);
  await trainer.measure(portable);
  expect(events.findLast(({ type }) => type === 'backend')).toMatchObject({
    info: { backend: 'wasm' },
  });
  await trainer.start(automatic);
  await trainer.settled();
  expect(failuresOf(events)).toEqual([]);
  expect(starts).toEqual(['auto', 'portable', 'auto']);
});

test('a run resumed elsewhere names the device that it goes on with', async () => {
  const recipe = tinyConfig({ maxSteps: 3, saveSteps: 1 });
  const { changes } = twoDevices(); // automatic is the CPU there, WASM elsewhere
  const first = await openTrainer(policies, changes);
  const runId = await first.trainer.startPaused(recipe);
  await first.trainer.settled();
  expect((await first.store.getRun(runId)).backend.backend).toBe('cpu');
  const { trainer, store, events } = await openTrainer(policies, {}, first.store);
  await trainer.resume(runId);
  await trainer.settled();
  expect((await store.getRun(runId)).backend.backend).toBe('wasm');
  expect((await newest(store, runId)).backend.backend).toBe('wasm');
  const told = events.flatMap((event) => (event.type === 'run' ? [event.run.backend.backend] : []));
  expect(new Set(told)).toEqual(new Set(['wasm']));
});

test('trouble of a device that was left behind stops nothing', async () => {
  const { changes, reports } = twoDevices();
  const { trainer, events } = await openTrainer(policies, changes);
  await trainer.start(automatic);
  await trainer.settled();
  await trainer.startPaused(portable);
  await trainer.settled();
  reports[0]!(new CodedError('device-lost', 'The GPU was lost.'));
  expect(stateOf(events)).toBe('paused');
  await trainer.stop();
  expect(failuresOf(events)).toEqual([]);
});
