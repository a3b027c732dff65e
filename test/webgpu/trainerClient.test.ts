/** The page's end of a real worker: answers, refusals, silence and death all end the call. */
import { afterEach, expect, test } from 'vitest';
import { CodedError } from '../../models/errors.ts';
import { defaultConfig } from '../../src/rft/config.ts';
import type { TrainerEvent } from '../../src/session/protocol.ts';
import {
  startTrainer,
  type ClientOptions,
  type TrainerClient,
} from '../../src/session/trainerClient.ts';

let client: TrainerClient;
let events: TrainerEvent[] = [];

const spawn = () =>
  new Worker(new URL('./scriptedTrainer.worker.ts', import.meta.url), { type: 'module' });

function launch(options: Partial<ClientOptions> = {}): TrainerClient {
  events = [];
  client = startTrainer((event) => void events.push(event), { spawn, ...options });
  return client;
}

const errorOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'resolved',
    (error: unknown) => error,
  );
const codeOf = async (promise: Promise<unknown>): Promise<string> => {
  const error = await errorOf(promise);
  return error instanceof CodedError ? error.code : String(error);
};
const states = () => events.flatMap((event) => (event.type === 'state' ? [event.state] : []));
const failures = () =>
  events.flatMap((event) => (event.type === 'failure' ? [event.failure.code] : []));

afterEach(() => client.close());

test('answers and events come through', async () => {
  expect(await launch().start({ ...defaultConfig, seed: 7 })).toBe('run 7');
  await client.resume('good');
  await expect.poll(states).toEqual(['idle', 'running']);
});

test('a refusal keeps its code, message and detail; a bug stays a bug', async () => {
  expect(await errorOf(launch().resume('refused'))).toEqual(
    new CodedError('no-checkpoint', 'Nothing to go on from.', 'refused'),
  );
  const bug = await errorOf(client.resume('bug'));
  expect(bug).not.toBeInstanceOf(CodedError);
  expect(String(bug)).toBe('TypeError: internal: a bug');
  expect(await codeOf(client.proceed())).toBe('resolved');
});

test.each(['uncaught', 'ended'])(
  'a worker that dies (%s) ends every call, and says so once',
  async (way) => {
    launch();
    const calls = [client.startPaused(defaultConfig), client.step(), client.resume(way)];
    expect(await Promise.all(calls.map(codeOf))).toEqual(Array(3).fill('worker-died'));
    expect(await codeOf(client.proceed())).toBe('worker-died');
    expect(failures()).toEqual(['worker-died']);
    expect(states().at(-1)).toBe('failed');
  },
);

test('a worker that cannot even load ends every call', async () => {
  launch({ spawn: () => new Worker('/no-such-folder/no.worker.js', { type: 'module' }) });
  expect(await codeOf(client.start(defaultConfig))).toBe('page-outdated');
  expect(failures()).toEqual(['page-outdated']);
});

test('a closed client ends every call and tells nothing more', async () => {
  await launch().start(defaultConfig);
  await expect.poll(states).toEqual(['idle', 'running']);
  const calls = [client.pause(), client.startPaused(defaultConfig)];
  client.close();
  expect(await Promise.all(calls.map(codeOf))).toEqual(Array(2).fill('worker-closed'));
  expect(await codeOf(client.start(defaultConfig))).toBe('worker-closed');
  expect(events).toHaveLength(2);
});

test('events on their way when the client is closed are dropped', async () => {
  const finished: TrainerEvent[] = [];
  const receive = (event: TrainerEvent): void => {
    if (event.type !== 'finished') return;
    finished.push(event);
    client.close();
  };
  client = startTrainer(receive, { spawn });
  await codeOf(client.stop());
  await expect.poll(() => finished.length).toBeGreaterThan(0);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(finished).toHaveLength(1);
});

test('silence while running is a warning, once; it ends controls but not the worker', async () => {
  launch({ patience: 1, firstPatience: 2 });
  await client.start(defaultConfig);
  expect(await codeOf(client.pause())).toBe('worker-silent');
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect(failures()).toEqual(['worker-silent']);
  expect(states()).toEqual(['idle', 'running']);
  expect(await codeOf(client.proceed())).toBe('resolved');
});
