/**
 * The recipes in an archive: the page shows config.json's, and asks about the reward code in it,
 * while training goes on with the checkpoint's. So a checkpoint of other settings is refused, and
 * what honest runs hold, changed on the way or forked, is taken.
 */
import { rm } from 'node:fs/promises';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunConfig } from '../../src/rft/configTable.ts';
import { exportFile } from '../../workers/archive/exportRun.ts';
import { createMemoryStore } from '../../workers/memoryStore.ts';
import { readPolicyFrom } from '../../workers/node.ts';
import {
  exported,
  jsonBytes,
  jsonOf,
  noRollouts,
  readBytes,
  withCheckpoint,
  withHonestSums,
  zipOf,
  type Files,
  type Trained,
} from './archiveFixture.ts';
import { tinyConfig, writeChattyPolicy } from './tinyPolicy.ts';
import { openTrainer } from './trainerHarness.ts';

const planned = { step: 5, temperature: 0.5 };
const config = tinyConfig({ maxSteps: 6, saveSteps: 2, evalSteps: 6, changes: [planned] });
const code = { kind: 'code', name: 'evil', source: 'function reward() {}', range: [0, 1] } as const;

/** A run whose learning rate was changed at its third step, and its fork after the second. */
let trained: Trained;
let fork: Trained;
let files: Files;

beforeAll(async () => {
  const policies = await writeChattyPolicy();
  const store = createMemoryStore();
  const { trainer, atMetrics } = await openTrainer(policies, {}, store);
  atMetrics(2, () => void trainer.change({ learningRate: 0.05 }));
  const runId = await trainer.start(config);
  await trainer.settled();
  const loadPolicy = (name: string) => readPolicyFrom(policies, name);
  trained = { policies, store, runId, loadPolicy };
  const edited = { ...config, beta: 0.1 };
  fork = { ...trained, runId: await trainer.fork(runId, `${runId}:2`, edited) };
  await trainer.settled();
  files = unzipSync(await exported(trained));
});

afterAll(() => rm(trained.policies, { recursive: true }));

const withHeader = (step: number, change: (config: RunConfig) => RunConfig): Files =>
  withCheckpoint(files, step, (draft) => ({ ...draft, config: change(draft.config) }));

const read = (all: Files) => readBytes(trained, zipOf(withHonestSums(all)));

test('of a run that was changed on the way, and of its fork, every checkpoint is taken', async () => {
  const { whole } = await read(files);
  expect(whole.run.config.changes).toEqual([{ step: 3, learningRate: 0.05 }, planned]);
  expect(whole.headers.map((header) => header.config.changes.length)).toEqual([1, 2, 2]);
  const forked = await readBytes(fork, await exported(fork));
  expect(forked.whole.headers.map(({ step }) => step)).toEqual([2, 4, 6]);
  expect(forked.whole.run.config.changes).toEqual([{ step: 3, beta: 0.1 }, planned]);
});

describe('refused is a checkpoint', () => {
  const cases: Record<string, [step: number, change: (config: RunConfig) => RunConfig]> = {
    'with code that config.json has not': [6, (own) => ({ ...own, rewards: [code] })],
    'that is older, with such code': [2, (own) => ({ ...own, rewards: [code] })],
    'with code from a later step on': [
      4,
      (own) => ({ ...own, changes: [...own.changes, { step: 6, rewards: [code] }] }),
    ],
    'with code in the place of a change': [
      4,
      (own) => ({ ...own, changes: [own.changes[0]!, { ...planned, rewards: [code] }] }),
    ],
    'of another learning rate': [6, (own) => ({ ...own, learningRate: 0.5 })],
    'without a change that was made before it': [4, (own) => ({ ...own, changes: [planned] })],
    'without a change, the newest': [6, (own) => ({ ...own, changes: [own.changes[0]!] })],
  };
  test.each(Object.entries(cases))('%s', async (_, [step, change]) => {
    await expect(read(withHeader(step, change))).rejects.toMatchObject({
      code: 'refused-archive',
      message: expect.stringContaining(
        `checkpoints/step-${step}.json has other settings than config.json`,
      ) as unknown,
    });
  });

  test('whose config.json was swapped for a harmless one', async () => {
    const dangerous = [2, 4, 6].reduce(
      (all, step) => ({
        ...all,
        ...withCheckpoint(all, step, (draft) => ({
          ...draft,
          config: { ...draft.config, rewards: [code] },
        })),
      }),
      files,
    );
    await expect(read(dangerous)).rejects.toMatchObject({ code: 'refused-archive' });
    // Where config.json says the same, the code is shown and asked about.
    const honest = { ...jsonOf(files['config.json']), rewards: [code] };
    const open: Files = { ...dangerous, 'config.json': jsonBytes(honest) };
    delete open['receipt.json']; // it is that of the harmless recipe
    const { whole } = await read(open);
    expect(whole.run.config.rewards).toEqual([code]);
  });
});

test('a checkpoint whose plan was replaced later is left out, and the file is taken', async () => {
  const store = createMemoryStore();
  const { trainer, atMetrics } = await openTrainer(trained.policies, {}, store);
  atMetrics(4, () => void trainer.change({ temperature: 2 }));
  const runId = await trainer.start(config);
  await trainer.settled();
  const request = { kind: 'run', runId, checkpoints: 'all', rollouts: noRollouts } as const;
  const { file, notes } = await exportFile({ ...trained, store }, request);
  expect(notes).toEqual(['Checkpoints whose recipe was replaced were left out: of step 2, 4.']);
  const { whole } = await readBytes(trained, new Uint8Array(await file.arrayBuffer()));
  expect(whole.run.config.changes).toEqual([{ step: 5, temperature: 2 }]);
  expect(whole.headers.map(({ step }) => step)).toEqual([6]);
});
