/**
 * The race on real trainers with the tiny policy: turns, the same base and prompts, the same runs
 * as alone, pause and stop, and what happens when one of the two cannot go on.
 */
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Race, nextTurn, raceConfigs } from '../../src/session/race.svelte.ts';
import type { SpawnTrainer } from '../../src/session/raceLane.svelte.ts';
import type { StepMetrics, TrainerEvent } from '../../src/session/protocol.ts';
import type { TrainerClient } from '../../src/session/trainerClient.ts';
import { createMemoryStore } from '../../workers/memoryStore.ts';
import { createNodeHost } from '../../workers/node.ts';
import { createTrainer } from '../../workers/trainer.ts';
import type { RunConfig } from '../../src/rft/configTable.ts';
import { tinyConfig, writeChattyPolicy } from './tinyPolicy.ts';
import { newest, openTrainer, withoutTimes } from './trainerHarness.ts';

let policies: string;

beforeAll(async () => {
  policies = await writeChattyPolicy();
});

afterAll(() => rm(policies, { recursive: true }));

const recipe = tinyConfig({ maxSteps: 4, evalSteps: 2, saveSteps: 50 });

/** A race on real trainers over one store, and the order in which steps came. */
function race(
  onRow: (method: string, step: number) => void = () => undefined,
  policiesOf: (run: number) => string = () => policies,
) {
  const store = createMemoryStore();
  const order: string[] = [];
  const closed: boolean[] = [];
  let counted = 0;
  const spawn: SpawnTrainer = (onEvent) => {
    const id = `run-${++counted}`;
    const trainer = createTrainer({
      ...createNodeHost({ backend: 'wasm', policies: policiesOf(counted) }),
      openStore: () => Promise.resolve(store),
      newRunId: () => id,
    });
    let method = '';
    const deliver = (event: TrainerEvent): void => {
      if (event.type === 'run') method = event.run.config.method;
      onEvent(event);
      if (event.type !== 'metrics' || event.history) return;
      order.push(`${method} ${event.rows[0]!.step}`);
      onRow(method, event.rows[0]!.step);
    };
    // As from a worker: in order, and possibly after the answer to a call.
    void trainer.open((event) => void setTimeout(() => deliver(event)));
    return Object.assign(trainer, { close: () => void closed.push(true), ended: false });
  };
  const stored = { count: 0 };
  const one = new Race(() => stored.count++, spawn);
  return { race: one, store, order, closed, stored };
}

async function alone(config: RunConfig): Promise<{ rows: StepMetrics[]; digest: string }> {
  const { trainer, store } = await openTrainer(policies);
  const id = await trainer.start(config);
  await trainer.settled();
  return { rows: await store.metrics(id), digest: (await newest(store, id)).digest };
}

test('whose turn: the fewest steps, the first of equals, none when all are over', () => {
  const lane = (step: number, over = false) => ({ step, over });
  expect(nextTurn([lane(0), lane(0)])).toBe(0);
  expect(nextTurn([lane(1), lane(0)])).toBe(1);
  expect(nextTurn([lane(4, true), lane(4)])).toBe(1);
  expect(nextTurn([lane(2), lane(0, true)])).toBe(0);
  expect(nextTurn([lane(4, true), lane(4, true)])).toBeNull();
});

test('the recipes are the same but for the method; what makes no sense is refused', () => {
  const { configs } = raceConfigs(recipe, ['rft', 'sft']);
  expect(configs).toEqual([recipe, { ...recipe, method: 'sft' }]);
  expect(raceConfigs(recipe, ['sft', 'sft']).problem).toContain('two different');
  const noChains = tinyConfig({ task: 'reversal', sftTarget: 'chain' });
  expect(raceConfigs(noChains, ['rft', 'sft']).problem).toContain('no worked solutions');
});

test('steps in turns; each run is what it is alone; both are stored', async () => {
  const { race: one, store, order, closed, stored } = race();
  await one.start(recipe);
  expect([one.status, one.problem]).toEqual(['over', null]);
  expect(order).toEqual([
    ...['rft 0', 'rft 1', 'sft 0', 'sft 1'],
    ...[2, 3, 4].flatMap((n) => [`rft ${n}`, `sft ${n}`]),
  ]);
  expect(closed).toEqual([true, true]);
  expect(stored.count).toBeGreaterThan(3);
  for (const [i, { config, state }] of one.lanes.entries()) {
    const own = await alone(config);
    const id = `run-${i + 1}`;
    expect((await newest(store, id)).digest).toBe(own.digest);
    expect((await store.metrics(id)).map(withoutTimes)).toEqual(own.rows.map(withoutTimes));
    expect(state.rows.map(withoutTimes)).toEqual(own.rows.map(withoutTimes));
  }
});

test('paused after the step at hand, it goes on in the same order', async () => {
  const { race: one, order } = race((method, step) => {
    if (method === 'sft' && step === 2) one.pause();
  });
  await one.start(recipe);
  expect([one.status, one.ending, one.busy]).toEqual(['paused', false, true]);
  expect(order.at(-1)).toBe('sft 2');
  await one.proceed();
  expect(one.status).toBe('over');
  expect(order.slice(-4)).toEqual(['rft 3', 'sft 3', 'rft 4', 'sft 4']);
});

test('stopped on the way or while paused, both runs are kept as far as they got', async () => {
  for (const wish of ['stop', 'pause'] as const) {
    const {
      race: one,
      store,
      closed,
    } = race((method, step) => {
      if (method === 'rft' && step === 3) void one[wish]();
    });
    await one.start(recipe);
    if (wish === 'pause') await one.stop();
    expect([one.status, closed.length]).toEqual(['over', 2]);
    expect((await newest(store, 'run-1')).step).toBe(3);
    expect((await newest(store, 'run-2')).step).toBe(2);
  }
});

test('one that cannot start ends the race, with the reason, and the other is kept', async () => {
  const { race: one, store, closed } = race(undefined, (n) => (n === 2 ? '/nowhere' : policies));
  await one.start(recipe);
  expect([one.status, closed.length]).toEqual(['over', 2]);
  expect(one.problem).toContain('/nowhere');
  expect((await newest(store, 'run-1')).step).toBe(1);
});

test('a run that pauses itself pauses the race, which goes on when asked to', async () => {
  const source = 'const reward = () => { throw new Error("no") };';
  const rewards = [{ kind: 'code', name: 'broken', source, range: [0, 1] }] as const;
  const { race: one, order } = race();
  await one.start(tinyConfig({ ...recipe, rewards }));
  expect(one.status).toBe('paused');
  expect(one.problem).toContain('Reward code failed');
  expect(order).toEqual(['rft 0', 'rft 1']);
  await one.proceed(); // it fails no worse than it did, which was accepted
  expect(order.slice(0, 5)).toEqual(['rft 0', 'rft 1', 'sft 0', 'sft 1', 'rft 2']);
  expect(one.status).toBe('over');
});

test.each(['before', 'after'])(
  'a trainer that hangs in its first step can be left: stopped %s it is found silent',
  async (when) => {
    const tells: ((event: TrainerEvent) => void)[] = [];
    const closed: boolean[] = [];
    const spawn: SpawnTrainer = (onEvent) => {
      tells.push(onEvent);
      const hangs = { startPaused: () => new Promise(() => undefined), ended: false };
      return { ...hangs, close: () => closed.push(true) } as unknown as TrainerClient;
    };
    const one = new Race(() => undefined, spawn);
    const over = one.start(recipe);
    const failure = { code: 'worker-silent', message: 'The trainer has not answered.' };
    tells[0]!({ type: 'state', state: 'loading' });
    if (when === 'before') void one.stop();
    else one.pause();
    expect([one.ending, one.stopping]).toEqual([true, when === 'before']);
    expect([one.status, one.lanes[0]!.silent]).toEqual(['going', false]);
    tells[0]!({ type: 'failure', failure });
    if (when === 'after') {
      // It waits for its pause, since the trainer may only be busy.
      expect([one.status, one.lanes[0]!.silent]).toEqual(['going', true]);
      void one.stop();
    }
    await over;
    expect([one.status, one.ending, one.problem]).toEqual(['over', false, failure.message]);
    expect(one.lanes[0]!.state.trainer).toBe('failed');
    expect(closed.length).toBeGreaterThanOrEqual(2);
  },
);
