/** The lesson's example: what its words say of its numbers holds. */
import { expect, test } from 'vitest';
import { alikeAdvantages, oneStep } from '../../src/session/oneStep.ts';

test('two of eight are right, one by luck; both are above the mean, all others below', () => {
  const { attempts, mean, spread, answer } = oneStep();
  expect(attempts).toHaveLength(8);
  const right = attempts.filter(({ completion }) => completion.endsWith(`>${answer}`));
  expect(
    right.map(({ completion }) => attempts.findIndex((a) => a.completion === completion)),
  ).toEqual([0, 3]);
  for (const { reward, advantage, completion } of attempts) {
    expect(advantage > 0, completion).toBe(reward > 0.5);
    expect(advantage).toBeCloseTo((reward - mean) / spread, 2);
  }
  expect(attempts.map(({ reward }) => reward)).toEqual([1, 0.1, 0.1, 1, 0.1, 0.1, 0.1, 0]);
  expect(attempts.reduce((sum, { advantage }) => sum + advantage, 0)).toBeCloseTo(0);
});

test('equal scores teach nothing', () => {
  expect(alikeAdvantages()).toEqual(Array.from({ length: 8 }, () => 0));
});
