/** Shuffling: the very same items, every order as likely. */
import { expect, test } from 'vitest';
import { drawStream } from '../../models/philox.ts';
import { shuffled } from '../../src/rft/shuffled.ts';

const dealt = <T>(items: readonly T[], seed: number, step: number): T[] =>
  shuffled(items, drawStream(seed, 'shuffleRewards', step));

test('deals out the very same rows, addressed by seed and step', () => {
  const rows = Array.from({ length: 16 }, (_, i) => [i, i / 2]);
  const before = structuredClone(rows);
  const once = dealt(rows, 1, 2);
  expect(rows).toEqual(before);
  expect(once).not.toEqual(rows);
  expect(new Set(once)).toEqual(new Set(rows));
  expect(once).toHaveLength(rows.length);
  expect(dealt(rows, 1, 2)).toEqual(once);
  expect(dealt(rows, 1, 3)).not.toEqual(once);
  expect(dealt(rows, 2, 2)).not.toEqual(once);
});

test('every order is as likely: chi-squared over the six orders of three', () => {
  const counts = new Map<string, number>();
  for (let step = 0; step < 6000; step++) {
    const order = dealt(['a', 'b', 'c'], 7, step).join('');
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  expect(counts.size).toBe(6);
  const chi = [...counts.values()].reduce((sum, n) => sum + (n - 1000) ** 2 / 1000, 0);
  expect(chi).toBeLessThan(20.5); // 99.9 % quantile, 5 degrees of freedom
});
