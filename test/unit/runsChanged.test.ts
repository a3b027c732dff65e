/**
 * Lists of runs and checkpoints: what the user changes is told to every tab, and what went wrong
 * stays to be read and is called by its own name.
 */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { CodedError } from '../../models/errors.ts';
import { announced } from '../../src/session/archiveClient.ts';
import type { Imported } from '../../src/session/archiveProtocol.ts';
import { KeptCheckpoints } from '../../src/session/keptCheckpoints.svelte.ts';
import type { CheckpointInfo } from '../../src/session/protocol.ts';
import { RunList } from '../../src/session/runList.svelte.ts';
import type { RunStore } from '../../src/storage/runStore.ts';
import { runsChannel } from '../../src/storage/runTabs.ts';

const checkpoint: CheckpointInfo = {
  ...{ id: 'a:10', runId: 'a', step: 10, bytes: 1, createdAt: 1 },
  reason: 'interval',
};

/** What the channel of all tabs has said. */
let heard: unknown[];
let channel: BroadcastChannel;

beforeEach(() => {
  heard = [];
  channel = runsChannel();
  channel.onmessage = ({ data }) => heard.push(data);
});
afterEach(() => {
  channel.close();
  vi.unstubAllGlobals();
});

/** Longer than a message takes. */
const aMoment = () => new Promise((resolve) => setTimeout(resolve, 50));

/** Checkpoints in a store that refuses removals. */
function kept(onChange = () => Promise.resolve()): KeptCheckpoints {
  const store = {
    listAllCheckpoints: () => Promise.resolve([checkpoint]),
    pinCheckpoint: () => Promise.resolve(),
    deleteCheckpoints: () => Promise.reject(new CodedError('kept-checkpoint', 'It is pinned.')),
  };
  return new KeptCheckpoints(onChange, () => Promise.resolve(store));
}

test('a pin is told to every tab; a removal that failed changed nothing', async () => {
  await kept().remove(['a:10']);
  await aMoment();
  expect(heard).toEqual([]);
  await kept().pin(checkpoint, true);
  await expect.poll(() => heard).toEqual(['changed']);
});

test('why a removal failed stays until the next change, however often the list is read', async () => {
  const checkpoints: KeptCheckpoints = kept(() => checkpoints.refresh());
  await checkpoints.remove(['a:10']);
  await checkpoints.refresh();
  expect([checkpoints.problem, checkpoints.all]).toEqual(['It is pinned.', [checkpoint]]);
  await checkpoints.pin(checkpoint, true);
  expect(checkpoints.problem).toBeNull();
});

test('a run’s checkpoints are those stored and those told of since, by their steps', async () => {
  const checkpoints = kept();
  expect(checkpoints.stepsOf('a', [20])).toEqual([20]);
  await checkpoints.refresh();
  expect(checkpoints.stepsOf('a', [20, 10, 5])).toEqual([5, 10, 20]);
  expect(checkpoints.stepsOf('b', [])).toEqual([]);
  expect(checkpoints.stepsOf(undefined, [])).toEqual([]);
});

test('a list that cannot be read says so until it can', async () => {
  let broken = true;
  const store = {
    listAllCheckpoints: () =>
      broken ? Promise.reject(new Error('It cannot be read.')) : Promise.resolve([]),
    pinCheckpoint: () => Promise.resolve(),
    deleteCheckpoints: () => Promise.resolve(),
  };
  const open = () => Promise.resolve(store);
  const checkpoints = new KeptCheckpoints(() => Promise.resolve(), open);
  await checkpoints.refresh();
  expect(checkpoints.problem).toBe('It cannot be read.');
  broken = false;
  await checkpoints.refresh();
  expect(checkpoints.problem).toBeNull();
});

test('an import is told to every tab, unless all of it was here', async () => {
  const importing = (how: Imported['how']) =>
    announced({
      result: Promise.resolve({ how, runId: 'a', name: 'a', step: 1, checkpoints: 1 }),
      cancel: () => undefined,
    }).result;
  expect((await importing('same')).how).toBe('same');
  await aMoment();
  expect(heard).toEqual([]);
  await importing('new');
  await expect.poll(() => heard).toEqual(['changed']);
});

test('a deletion that fails without another tab blames no other tab', async () => {
  const deleteRun = vi.fn();
  const runs = new RunList(() => Promise.resolve({ deleteRun } as unknown as RunStore));
  const refusal = new DOMException('Locks are not allowed here.', 'SecurityError');
  vi.stubGlobal('navigator', { locks: { request: () => Promise.reject(refusal) } });
  await runs.remove('a');
  expect(runs.problem).toBe('Locks are not allowed here.');
  expect(deleteRun).not.toHaveBeenCalled();
});

test('a deletion while another tab has the run says so', async () => {
  const runs = new RunList(() => Promise.resolve({} as RunStore));
  const request = (_name: string, { signal }: { signal: AbortSignal }) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error));
    });
  vi.stubGlobal('navigator', { locks: { request } });
  await runs.remove('a');
  expect(runs.problem).toMatch(/^Another tab is running this run/);
});
