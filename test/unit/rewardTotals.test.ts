/** Messages of reward code summed over a run. */
import { expect, it } from 'vitest';
import type { RewardErrorView, RewardReport } from '../../src/session/protocol.ts';
import { rewardTotals } from '../../src/session/rewardTotals.ts';

const mistake = (name: string, line: number, count: number, completion = ''): RewardErrorView => ({
  name,
  error: { kind: 'thrown', message: 'oh', line, column: null },
  count,
  completion,
});

const reports: RewardReport[] = [
  { step: 1, errors: [mistake('a', 1, 2, 'first'), mistake('b', 1, 1)], logs: [] },
  { step: 2, errors: [], logs: [{ name: 'a', lines: ['x', 'y'] }] },
  {
    step: 5,
    errors: [mistake('a', 2, 4), mistake('a', 1, 3, 'later')],
    logs: [{ name: 'b', lines: ['z'] }],
  },
];

it('sums errors and lines over the steps that had some', () => {
  expect(rewardTotals(reports)).toMatchObject({ errors: 10, steps: 2, lines: 3 });
});

it('tells each mistake once, by reward and place, with the first completion', () => {
  const found = rewardTotals(reports).mistakes;
  expect(found.map(({ name, error, count }) => [name, error.line, count])).toEqual([
    ['a', 1, 5],
    ['a', 2, 4],
    ['b', 1, 1],
  ]);
  expect(found[0]?.completion).toBe('first');
  expect(reports[0]?.errors[0]?.count).toBe(2);
});

it('has nothing to tell of no reports', () => {
  expect(rewardTotals([])).toEqual({ errors: 0, steps: 0, lines: 0, mistakes: [] });
});
