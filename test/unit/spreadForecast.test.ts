/** The chance that a group has spread, against counting every subset. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chanceOfSpread, spreadShare } from '../../src/rft/spreadForecast.ts';

/** Every way to choose `size` of the values. */
function subsets<T>(values: readonly T[], size: number): T[][] {
  if (size === 0) return [[]];
  const [first, ...rest] = values;
  if (first === undefined) return [];
  return [...subsets(rest, size - 1).map((set) => [first, ...set]), ...subsets(rest, size)];
}

test('equals the share of subsets that are not all alike', () => {
  const totals = fc.array(fc.constantFrom(0, 0.1, 1), { minLength: 2, maxLength: 8 });
  fc.assert(
    fc.property(totals, fc.nat(), (values, n) => {
      const size = 2 + (n % (values.length - 1));
      const all = subsets(values, size);
      const spread = all.filter((set) => new Set(set).size > 1);
      expect(chanceOfSpread(values, size)).toBeCloseTo(spread.length / all.length, 12);
    }),
  );
});

test('missing scores are no scores; fewer samples than the group tell yes or no', () => {
  expect(chanceOfSpread([1, null, 1, null], 2)).toBe(0);
  expect(chanceOfSpread([1, null, 0, null], 2)).toBe(1);
  expect(chanceOfSpread([1, 0], 8)).toBe(1);
  expect(chanceOfSpread([], 8)).toBe(0);
  expect(
    spreadShare(
      [
        [1, 0],
        [1, 1],
      ],
      2,
    ),
  ).toBe(0.5);
  expect(spreadShare([], 2)).toBe(0);
});
