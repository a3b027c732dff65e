/** Events at a pace that can be read: in order, together, urgent ones at once. */
import { expect, test, vi } from 'vitest';
import { perFrame, spaced } from '../../src/session/frames.ts';

function setUp() {
  const seen: string[] = [];
  const frames: (() => void)[] = [];
  const send = perFrame<string>(
    (event) => seen.push(event),
    (event) => event.endsWith('!'),
    (deliver) => frames.push(deliver),
  );
  return { seen, frames, send };
}

test('events of one frame come together, in their order, in one delivery', () => {
  const { seen, frames, send } = setUp();
  send('a');
  send('b');
  expect(seen).toEqual([]);
  expect(frames).toHaveLength(1);
  frames[0]!();
  expect(seen).toEqual(['a', 'b']);
  send('c');
  expect(frames).toHaveLength(2);
  frames[1]!();
  expect(seen).toEqual(['a', 'b', 'c']);
});

test('an urgent event does not wait, and nothing overtakes what came before it', () => {
  const { seen, frames, send } = setUp();
  send('a');
  send('failed!');
  expect(seen).toEqual(['a', 'failed!']);
  send('b');
  expect(seen).toEqual(['a', 'failed!']);
  frames.forEach((frame) => frame());
  expect(seen).toEqual(['a', 'failed!', 'b']);
});

test('deliveries are a tenth of a second apart, and the first does not wait', () => {
  vi.useFakeTimers();
  const times: number[] = [];
  const begin = performance.now();
  const schedule = spaced((deliver) => deliver());
  const note = (): void => void times.push(performance.now() - begin);
  schedule(note);
  vi.advanceTimersByTime(30);
  schedule(note);
  expect(times).toEqual([0]);
  vi.advanceTimersByTime(500);
  schedule(note);
  expect(times).toEqual([0, 100, 530]);
  vi.useRealTimers();
});
