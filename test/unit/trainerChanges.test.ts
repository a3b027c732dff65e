/**
 * Changing a run while it goes: at the next step, in its history, replayed by whoever has the
 * recipe, and kept through a checkpoint. Dry runs beside it.
 */
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CodedError } from '../../models/errors.ts';
import { parseConfig } from '../../src/rft/config.ts';
import { withChange } from '../../src/rft/recipeChange.ts';
import { LiveChanges } from '../../src/session/liveChanges.svelte.ts';
import type { Changeable } from '../../src/rft/changeable.ts';
import type { RunConfig } from '../../src/rft/configTable.ts';
import type { TrainerEvent } from '../../src/session/protocol.ts';
import type { TrainerStore } from '../../workers/activeRun.ts';
import { createMemoryStore } from '../../workers/memoryStore.ts';
import { createNodeRunner } from '../../workers/sandbox/nodeRunner.ts';
import { tinyConfig, writeChattyPolicy } from './tinyPolicy.ts';
import {
  failuresOf,
  newest,
  openTrainer,
  rowsOf,
  stateOf,
  withoutTimes,
  type Harness,
} from './trainerHarness.ts';

let policies: string;

beforeAll(async () => {
  policies = await writeChattyPolicy();
});

afterAll(() => rm(policies, { recursive: true }));

const config = tinyConfig({ maxSteps: 6, evalSteps: 6, saveSteps: 2 });

const recipeOf = (events: readonly TrainerEvent[]): RunConfig =>
  events.findLast((event) => event.type === 'run')!.run.config;

async function ended(harness: Harness, runId: string) {
  await harness.trainer.settled();
  const { digest } = await newest(harness.store, runId);
  return { digest, rows: rowsOf(harness.events).map(withoutTimes) };
}

const codeOf = (error: unknown): string => (error as CodedError).code;

async function whole(recipe: RunConfig) {
  const harness = await openTrainer(policies);
  return ended(harness, await harness.trainer.start(recipe));
}

test('a change takes effect at the next step, is noted, and the recipe repeats the run', async () => {
  const harness = await openTrainer(policies);
  const { trainer, events, atMetrics } = harness;
  atMetrics(2, () => void trainer.change({ learningRate: 0.05, rewardWeights: [0.2, 0.8] }));
  const done = await ended(harness, await trainer.start(config));
  const recipe = recipeOf(events);
  expect(recipe.changes).toEqual([{ step: 3, learningRate: 0.05, rewardWeights: [0.2, 0.8] }]);
  expect(recipe.learningRate).toBe(0.01); // the start is as it was
  const rates = done.rows.slice(1).map(({ values }) => values['learning_rate']);
  expect(rates).toEqual(
    [0.005, 0.01, 0.05, 0.05, 0.05, 0.05].map((x) => expect.closeTo(x, 9) as number),
  );
  const replayed = await whole(recipe);
  expect(replayed.rows).toEqual(done.rows);
  expect(replayed.digest).toBe(done.digest);
  expect((await whole(config)).digest).not.toBe(done.digest);
});

test('changes of one pause come together; a KL coefficient brings its reference along', async () => {
  const harness = await openTrainer(policies);
  const { trainer, events, store } = harness;
  const runId = await trainer.startPaused(config);
  await trainer.settled();
  await trainer.change({ beta: 0.2 });
  await trainer.change({ temperature: 2 });
  await trainer.step();
  expect(recipeOf(events).changes).toEqual([{ step: 2, beta: 0.2, temperature: 2 }]);
  await trainer.proceed();
  const done = await ended(harness, runId);
  expect(done.rows[1]!.values).not.toHaveProperty('kl');
  expect(done.rows[2]!.values).toHaveProperty('kl');
  // Resumed from the middle by another trainer: the history comes with the checkpoint.
  const again = await openTrainer(policies, {}, store);
  const saved = events.find((event) => event.type === 'checkpoint' && event.checkpoint.step === 4);
  if (saved?.type !== 'checkpoint') throw new Error('step 4 was not saved');
  expect((await whole(recipeOf(events))).digest).toBe(done.digest);
  await again.trainer.resume(runId, { checkpointId: saved.checkpoint.id });
  expect((await ended(again, runId)).digest).toBe(done.digest);
  expect(recipeOf(again.events).changes).toHaveLength(1);
});

test('what makes no sense is refused, and the run goes on as it was', async () => {
  const { trainer, events } = await openTrainer(policies);
  await expect(trainer.change({ beta: 1 })).rejects.toMatchObject({ code: 'wrong-state' });
  await trainer.startPaused(config);
  await trainer.settled();
  await expect(trainer.change({ learningRate: 5 })).rejects.toMatchObject({ code: 'bad-change' });
  await expect(trainer.change({ rewardWeights: [1] })).rejects.toMatchObject({
    code: 'bad-change',
  });
  await trainer.step();
  expect(recipeOf(events).changes).toEqual([]);
  await trainer.stop();
});

test('new rewards from a step on: another column, the old one gone', async () => {
  const harness = await openTrainer(policies);
  const { trainer, events, atMetrics } = harness;
  const rewards = [{ kind: 'task', name: 'format' }] as const;
  atMetrics(1, () => void trainer.change({ rewards, rewardWeights: [1] }));
  const { rows } = await ended(harness, await trainer.start(config));
  expect(rows[1]!.values).toHaveProperty('rewards/correct/mean');
  expect(rows[2]!.values).not.toHaveProperty('rewards/correct/mean');
  expect(rows[2]!.values['reward']).toBeCloseTo(rows[2]!.values['rewards/format/mean']!, 12);
  const last = events.findLast((event) => event.type === 'rollout')!;
  expect(last.rollout.rewardNames).toEqual(['format']);
});

test('a dry run scores samples, gold answers and own texts, and disturbs no run', async () => {
  const plain = await whole(config);
  const harness = await openTrainer(policies);
  const { trainer, events } = harness;
  const runId = await trainer.startPaused(config);
  await trainer.settled();
  const dry = await trainer.dryRun(config, [
    { prompt: 0, completion: '<>00' },
    { prompt: 99, completion: 'no such prompt' },
  ]);
  expect(stateOf(events)).toBe('paused');
  expect(dry.rewardNames).toEqual(['correct', 'format']);
  expect(dry.groups.map((group) => group.length)).toEqual([16, 16, 16]);
  const of = (source: string) => dry.rows.filter((row) => row.source === source);
  expect(of('base').map(({ total }) => total)).toEqual(dry.groups.flat());
  expect(of('gold').every(({ total, correct }) => total === 1 && correct)).toBe(true);
  expect(of('own')).toEqual([
    expect.objectContaining({ completion: '<>00', correct: false }) as object,
  ]);
  await trainer.proceed();
  expect(await ended(harness, runId)).toEqual(plain);
});

test('a change after a change is checked against what holds by then, not against the past', () => {
  const live = new LiveChanges();
  const past = parseConfig({ changes: [{ step: 5, rewardWeights: [0.5, 0.5] }] }).config!;
  live.begin(past, 7);
  live.edits.addReward({ kind: 'overlong', name: 'long', cache: 4, max: 0 });
  expect(live.edits.problem('changes')).toBeUndefined();
  expect(live.values).toMatchObject({ rewardWeights: [0.5, 0.5, 1] });
  expect(parseConfig(withChange(past, 8, live.values!)).problems).toEqual([]);
});

test('edits stay while a dialog is open or they are not sent, whatever the run does', () => {
  const live = new LiveChanges();
  const planned = parseConfig({ changes: [{ step: 3, learningRate: 1e-3 }] }).config!;
  live.begin(planned, 0);
  live.edits.set('temperature', '2');
  live.follow(planned, 2);
  expect(live.values).toEqual({ temperature: 2 });
  live.discard();
  live.held = true;
  live.follow(planned, 2);
  expect(live.edits.draft.learningRate).toBe('3e-4');
  live.held = false;
  live.follow(planned, 2);
  expect(live.edits.draft.learningRate).toBe('0.001');
  live.sent = true;
  live.refused('No.');
  expect([live.sent, live.problem]).toEqual([false, 'No.']);
});

test('a change is checked for the step that it will hold from, with what is planned for it', async () => {
  const two = [
    { kind: 'task', name: 'correct' },
    { kind: 'task', name: 'format' },
  ] as const;
  const code = { kind: 'code', name: 'mine', source: 'const reward = () => 1;', range: [0, 1] };
  const recipe = parseConfig({
    ...config,
    rewards: [...two, code],
    rewardWeights: [1, 1, 1],
    changes: [{ step: 3, rewards: two, rewardWeights: [1, 2] }],
  }).config!;
  // Asked for while step 2 is being scored: one right for step 2 and wrong for step 3, one the
  // other way round.
  const answers: unknown[] = [];
  const runner = createNodeRunner();
  const rewardRunner: typeof runner = {
    ...runner,
    run: async (program, inputs) => {
      if (inputs[0]?.step === 2 && answers.length === 0) {
        for (const rewardWeights of [
          [3, 2, 1],
          [3, 2],
        ]) {
          answers.push(await trainer.change({ rewardWeights }).catch(codeOf));
        }
      }
      return runner.run(program, inputs);
    },
  };
  const { trainer, events } = await openTrainer(policies, { rewardRunner });
  await trainer.start(recipe);
  await trainer.settled();
  expect(answers).toEqual(['bad-change', undefined]);
  expect(failuresOf(events)).toEqual([]);
  expect(stateOf(events)).toBe('idle');
  expect(recipeOf(events).changes).toEqual([{ step: 3, rewards: two, rewardWeights: [3, 2] }]);
});

test('a change in a pause is part of the newest checkpoint at once', async () => {
  const { trainer, store } = await openTrainer(policies);
  const runId = await trainer.startPaused(config);
  await trainer.settled();
  await trainer.change({ temperature: 2 });
  const { checkpoint } = await store.loadCheckpoint(runId);
  expect(checkpoint.config.changes).toEqual([{ step: 2, temperature: 2 }]);
  await trainer.stop();
});

test.each([
  ['pause', config, 2],
  ['stop', config, 2],
  ['pause', { ...config, saveSteps: 50 }, 3],
] as const)(
  'a change on the way and then %s: it is in the checkpoint',
  async (end, recipe, step) => {
    const { trainer, store, events, atMetrics } = await openTrainer(policies);
    atMetrics(step, () => {
      void trainer.change({ temperature: 2 });
      void trainer[end]();
    });
    const runId = await trainer.start(recipe);
    await trainer.settled();
    const { checkpoint } = await store.loadCheckpoint(runId);
    expect(checkpoint.step).toBe(step);
    expect(checkpoint.config.changes).toEqual([{ step: step + 1, temperature: 2 }]);
    expect(recipeOf(events)).toEqual(checkpoint.config);
    if (end === 'pause') await trainer.stop();
  },
);

test('a change that a full disk kept from being stored is stored by a Stop with room', async () => {
  const inner = createMemoryStore();
  const disk = { full: false };
  const store: TrainerStore = {
    ...inner,
    saveCheckpoint: async (...args) => {
      if (disk.full) throw new CodedError('storage-full', 'There is no room left.');
      return inner.saveCheckpoint(...args);
    },
  };
  const { trainer } = await openTrainer(policies, {}, store);
  const runId = await trainer.startPaused(config);
  await trainer.settled();
  disk.full = true;
  await trainer.change({ temperature: 2 });
  expect((await newest(store, runId)).config.changes).toEqual([]);
  disk.full = false;
  await trainer.stop();
  expect((await newest(store, runId)).config.changes).toEqual([{ step: 2, temperature: 2 }]);
});

test.each(['step', 'proceed', 'stop'] as const)(
  '%s waits until a change in a pause is stored, and nothing of the run is lost',
  async (command) => {
    const inner = createMemoryStore();
    const gate: { closed: boolean; open?: () => void } = { closed: false };
    const store: TrainerStore = {
      ...inner,
      saveCheckpoint: async (...args) => {
        if (gate.closed) await new Promise<void>((resolve) => (gate.open = resolve));
        return inner.saveCheckpoint(...args);
      },
    };
    const { trainer, events } = await openTrainer(policies, {}, store);
    const runId = await trainer.startPaused({ ...config, saveSteps: 50, evalSteps: 50 });
    await trainer.settled();
    gate.closed = true;
    const changing = trainer.change({ temperature: 2 });
    await expect.poll(() => gate.open).toBeTypeOf('function');
    gate.closed = false;
    const commanded = trainer[command]();
    await new Promise((resolve) => setTimeout(resolve, 200)); // a step takes far less
    expect(rowsOf(events)).toHaveLength(2);
    expect(stateOf(events)).toBe('paused');
    gate.open?.();
    await Promise.all([changing, commanded]);
    await trainer.settled();
    const { step, config: recipe } = await newest(store, runId);
    expect(step).toBe({ step: 2, proceed: 6, stop: 1 }[command]);
    expect(recipe.changes).toEqual([{ step: 2, temperature: 2 }]);
    const steps = (await store.metrics(runId)).map((row) => row.step);
    expect(steps).toEqual(Array.from({ length: step + 1 }, (_, i) => i));
    if (command === 'step') await trainer.stop();
  },
);

test('a change is taken as long as a step is left for it, and refused during the last one', async () => {
  const { trainer, events, atMetrics } = await openTrainer(policies);
  const answers: Promise<unknown>[] = [];
  const ask = (values: Changeable) => {
    answers.push(trainer.change(values).catch(codeOf));
  };
  atMetrics(2, () => ask({ temperature: 2 })); // the learner has counted step 2 already
  atMetrics(3, () => ask({ temperature: 1.5 }));
  await trainer.start({ ...config, maxSteps: 3 });
  await trainer.settled();
  expect(await Promise.all(answers)).toEqual([undefined, 'bad-change']);
  expect(recipeOf(events).changes).toEqual([{ step: 3, temperature: 2 }]);
});

test('during the last step a change is refused also before its completions are there', async () => {
  const runner = createNodeRunner();
  const answers: unknown[] = [];
  const rewardRunner: typeof runner = {
    ...runner,
    run: async (program, inputs) => {
      if (inputs[0]?.step === 2) {
        answers.push(await trainer.change({ temperature: 2 }).catch(codeOf));
      }
      return runner.run(program, inputs);
    },
  };
  const code = { kind: 'code', name: 'mine', source: 'const reward = () => 1;', range: [0, 1] };
  const recipe = { ...config, maxSteps: 2, rewards: [code], rewardWeights: [1] };
  const { trainer } = await openTrainer(policies, { rewardRunner });
  await trainer.start(parseConfig(recipe).config!);
  await trainer.settled();
  expect(new Set(answers)).toEqual(new Set(['bad-change']));
});

test('a dry run refuses what a run would, and says of a text why it cannot be read', async () => {
  const { trainer } = await openTrainer(policies);
  await expect(trainer.dryRun({ ...config, maxCompletionLength: 90 }, [])).rejects.toMatchObject({
    code: 'completion-too-long',
  });
  const foreign = { ...config, rewards: [{ kind: 'task', name: 'tests' }] } as const;
  await expect(trainer.dryRun(foreign, [])).rejects.toMatchObject({ code: 'recipe-problem' });
  const { rows } = await trainer.dryRun(config, [
    { prompt: 0, completion: 'é' },
    { prompt: 0, completion: '<>1' },
  ]);
  const own = rows.filter(({ source }) => source === 'own');
  expect(own.map(({ completion, problem }) => [completion, problem !== undefined])).toEqual([
    ['<>1', false],
    ['é', true],
  ]);
});
