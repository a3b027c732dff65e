/** Runs of one name are told apart by when they were saved, how far they got and what they reached. */
import { expect, test } from 'vitest';
import { moment, runLabel } from '../../src/ui/runLabel.ts';

const at = new Date(2026, 10, 24, 13, 6).getTime();
const evening = new Date(2026, 10, 24, 23, 59).getTime();
const tomorrow = new Date(2026, 10, 25, 0, 1).getTime();

test('the time of today, with the day of any other', () => {
  expect(moment(at, evening)).toBe('13:06');
  expect(moment(at, tomorrow)).toBe('24 Nov, 13:06');
});

test('time, steps and held-out accuracy, where it was measured', () => {
  const run = { name: 'Countdown, RFT, seed 1', updatedAt: at, step: 60, evalGreedy: 0.957 };
  expect(runLabel(run, evening)).toBe('Countdown, RFT, seed 1, 13:06, 60 steps, 96\u202f%');
  expect(runLabel({ ...run, step: 1, evalGreedy: null }, evening)).toBe(
    'Countdown, RFT, seed 1, 13:06, 1 step',
  );
});
