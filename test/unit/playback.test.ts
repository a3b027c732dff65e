/** Playing a recorded run: at its pace into an idle Lab, held, hidden, at once, and cleared. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LabState } from '../../src/session/labState.svelte.ts';
import { Playback, type PlaybackHost } from '../../src/session/playback.svelte.ts';

const bytes = new Uint8Array(readFileSync(join(import.meta.dirname, 'fixtures/recording.run')));

function setUp(changes: Partial<PlaybackHost> = {}) {
  const state = new LabState();
  const playback = new Playback(state, {
    fetchRecording: () => Promise.resolve(bytes),
    reducedMotion: () => false,
    hidden: () => false,
    ...changes,
  });
  return { state, playback };
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterEach(() => {
  vi.useRealTimers();
});

test('plays the whole run within twelve seconds or so, the trainer idle', async () => {
  const { state, playback } = setUp();
  expect(await playback.play('calculatorChain')).toBe('playing');
  expect(state.step).toBe(0);
  expect(state.evalBase).not.toBeNull();
  vi.advanceTimersByTime(6000);
  expect(state.step).toBeGreaterThan(1);
  expect(state.step).toBeLessThan(6);
  expect(state.rollouts.current?.step).toBe(state.step);
  vi.advanceTimersByTime(7000);
  expect(state.step).toBe(6);
  expect([playback.finished, playback.playing]).toEqual([true, false]);
  expect([state.trainer, state.busy, state.run, state.finished]).toEqual([
    'idle',
    false,
    null,
    false,
  ]);
});

test('can be held, goes on, and starts anew at its end', async () => {
  const { state, playback } = setUp();
  await playback.play('calculatorChain');
  vi.advanceTimersByTime(4000);
  playback.pause();
  const { step } = state;
  vi.advanceTimersByTime(9000);
  expect(state.step).toBe(step);
  playback.resume();
  vi.advanceTimersByTime(12_000);
  expect(playback.finished).toBe(true);
  playback.resume();
  expect([state.step, playback.playing]).toEqual([0, true]);
});

test('shown once more it is another run to whatever belongs to the one that is shown', async () => {
  const { state, playback } = setUp();
  await playback.play('calculatorChain');
  const { begun } = state;
  const [first] = state.rows;
  vi.advanceTimersByTime(4000);
  expect(state.begun).toBe(begun);
  playback.replay();
  expect(state.rows[0]).toBe(first); // which tells nobody that it began anew
  expect(state.begun).not.toBe(begun);
});

test('waits in a hidden tab', async () => {
  let hidden = true;
  const { state, playback } = setUp({ hidden: () => hidden });
  await playback.play('calculatorChain');
  vi.advanceTimersByTime(60_000);
  expect(state.step).toBe(0);
  hidden = false;
  vi.advanceTimersByTime(13_000);
  expect(state.step).toBe(6);
});

test('shows the finished run at once where motion is reduced', async () => {
  const { state, playback } = setUp({ reducedMotion: () => true });
  await playback.play('calculatorChain');
  expect([state.step, playback.finished, playback.playing]).toEqual([6, true, false]);
});

test('closing clears what it showed, and a download under way plays nothing', async () => {
  const { state, playback } = setUp();
  await playback.play('calculatorChain');
  playback.close();
  vi.advanceTimersByTime(20_000);
  expect([state.config, state.rows.length, playback.recording]).toEqual([null, 0, null]);
  const late = playback.play('calculatorChain');
  playback.close();
  expect(await late).toBe('dropped');
  expect(state.config).toBeNull();
});

test.each([
  ['no file', () => Promise.resolve(null)],
  ['a page in place of a file', () => Promise.resolve(new TextEncoder().encode('<!doctype html>'))],
])('%s: nothing is shown and nothing said', async (_, fetchRecording) => {
  const { state, playback } = setUp({ fetchRecording });
  expect(await playback.play('countdown')).toBe('missing');
  expect([playback.problem, state.config]).toEqual([null, null]);
});

test('a file that is damaged, and a download that fails, are said', async () => {
  const cut = setUp({ fetchRecording: () => Promise.resolve(bytes.slice(0, 500)) });
  expect(await cut.playback.play('calculatorChain')).toBe('failed');
  expect(cut.playback.problem).toContain('damaged');
  const lost = setUp({ fetchRecording: () => Promise.reject(new Error('offline')) });
  expect(await lost.playback.play('calculatorChain')).toBe('failed');
  expect(lost.playback.problem).toContain('could not be loaded');
});

test('another task without a recording ends the one that plays; own data has none', async () => {
  const { state, playback } = setUp();
  await playback.play('calculatorChain');
  expect(await playback.play('own')).toBe('missing');
  expect([playback.recording, state.config]).toEqual([null, null]);
});
