/** What a run changed, in sentences: only of what was measured twice, with the run's own numbers. */
import { expect, test } from 'vitest';
import { whatChanged } from '../../src/session/whatChanged.ts';

const row = (step: number, values: Record<string, number>) => ({ step, values });
const length = 'eval_completions/mean_length';

test('first and last evaluation, and first and last step', () => {
  const said = whatChanged([
    row(0, { eval_greedy: 0.06, [length]: 11.4 }),
    row(1, { entropy: 0.5, frac_reward_zero_std: 0.25 }),
    row(10, { entropy: 0.2, frac_reward_zero_std: 0.5, eval_greedy: 0.5, [length]: 20 }),
    row(20, { entropy: 0.1, frac_reward_zero_std: 0.75, eval_greedy: 0.96, [length]: 34 }),
  ]);
  expect(said).toEqual([
    'Of the held-out prompts, which it never trained on, 6 % were right before and 96 % after.',
    'It writes more: 11 tokens an answer before, 34 after.',
    'It is surer of each token: entropy 0.50 → 0.10 nats.',
    'At first 75 % of the groups had better and worse answers to learn from, in the end 25 %.',
  ]);
});

test('a length that stayed is not worth a word, a shorter one is', () => {
  const ends = (first: number, last: number) =>
    whatChanged([row(0, { [length]: first }), row(9, { [length]: last })]);
  expect(ends(10, 12)).toEqual([]);
  expect(ends(10, 4)).toEqual(['It writes less: 10 tokens an answer before, 4.0 after.']);
});

test('groups to learn from: a share that is the same at both ends is said once', () => {
  const rows = [row(1, { frac_reward_zero_std: 0 }), row(9, { frac_reward_zero_std: 0.001 })];
  expect(whatChanged(rows)).toEqual([
    '100 % of the groups had better and worse answers to learn from, at first as in the end.',
  ]);
});

test('nothing is said of what was measured once or never', () => {
  expect(whatChanged([])).toEqual([]);
  expect(whatChanged([row(0, { eval_greedy: 0.5 })])).toEqual([]);
});
