/** Chained accuracies, against whole-number arithmetic of another kind and against each other. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  byLength,
  difference,
  effectOf,
  linksOf,
  neededPerLink,
  wholeOf,
} from '../../src/session/chains.ts';
import {
  compare,
  decimalRatio,
  over,
  percentText,
  power,
  ratio,
  times,
  toNumber,
  type Ratio,
} from '../../src/session/ratio.ts';

const share = fc
  .tuple(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 1, max: 1000 }))
  .map(([a, b]) => ratio(Math.min(a, b), Math.max(a, b)));
const positive = share.filter(({ num }) => num > 0n);
const count = fc.integer({ min: 1, max: 20 });
const percent = (a: Ratio, decimals?: number): string => percentText(a, decimals).text;

test('0.9 × 0.9 × 0.9 is 72.9 %, exactly, where doubles say otherwise', () => {
  expect(0.9 * 0.9 * 0.9).not.toBe(0.729);
  const whole = power(decimalRatio(0.9), 3);
  expect(whole).toEqual(ratio(729, 1000));
  expect(percentText(whole)).toEqual({ text: '72.9', exact: true });
});

test('the known chains: hand-counted digits', () => {
  expect(percentText(power(decimalRatio(0.99), 4), 6)).toEqual({ text: '96.059601', exact: true });
  expect(percentText(power(decimalRatio(0.5), 10), 4)).toEqual({ text: '0.0977', exact: false });
  expect(percentText(ratio(145, 150))).toEqual({ text: '96.67', exact: false });
  expect(percentText(ratio(1), 2)).toEqual({ text: '100', exact: true });
  expect(percentText(ratio(0), 2)).toEqual({ text: '0', exact: true });
});

test('what rounds to nothing or to everything is not said to be that', () => {
  expect(percent(power(decimalRatio(0.06), 5))).toBe('<0.01');
  expect(percent(power(decimalRatio(0.99999), 3))).toBe('>99.99');
  expect(percent(decimalRatio(0.999), 0)).toBe('>99');
});

test('a decimal is taken as it is written', () => {
  expect(decimalRatio(0.1)).toEqual(ratio(1, 10));
  expect(decimalRatio(12)).toEqual(ratio(12));
  expect(decimalRatio(1e-7)).toEqual(ratio(1, 10_000_000));
  expect(decimalRatio(1.5e21)).toEqual(ratio(15n * 10n ** 20n));
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (value) => {
      expect(toNumber(decimalRatio(Math.abs(value)))).toBeCloseTo(value, 14);
    }),
  );
});

test('the order of the links says nothing, and the whole is no better than its worst link', () => {
  fc.assert(
    fc.property(fc.array(share, { minLength: 1, maxLength: 8 }), (links) => {
      const whole = wholeOf(links);
      expect(whole).toEqual(wholeOf(links.toReversed()));
      for (const link of links) expect(compare(whole, link)).toBeLessThanOrEqual(0);
    }),
  );
});

test('tuning t links multiplies the whole by (b / a)^t', () => {
  fc.assert(
    fc.property(count, positive, positive, fc.nat(), (k, base, tuned, n) => {
      const places = new Set(Array.from({ length: n % (k + 1) }, (_, i) => i));
      const accuracy = { base, tuned };
      const { before, after, factor, ceiling } = effectOf(k, places, accuracy);
      expect(ceiling).toEqual(power(base, k - places.size));
      expect(factor).toEqual(power(over(tuned, base), places.size));
      expect(times(before, factor!)).toEqual(after);
      expect(after).toEqual(wholeOf(linksOf(k, places, accuracy)));
    }),
  );
  expect(effectOf(2, new Set([0]), { base: ratio(0), tuned: ratio(1) }).factor).toBeNull();
});

test('a difference is counted in points, with its sign', () => {
  const [a, b] = [decimalRatio(0.729), decimalRatio(0.81)];
  expect(difference(a, b)).toEqual({ sign: 1, size: ratio(81, 1000) });
  expect(difference(b, a)).toEqual({ sign: -1, size: ratio(81, 1000) });
  expect(difference(a, a)).toEqual({ sign: 0, size: ratio(0) });
});

test('only the chosen links are tuned', () => {
  const accuracy = { base: ratio(1, 2), tuned: ratio(1) };
  expect(linksOf(3, new Set([1, 7]), accuracy)).toEqual([ratio(1, 2), ratio(1), ratio(1, 2)]);
});

test('the accuracy needed per link is enough, and a hundredth of a per cent less is not', () => {
  expect(percent(neededPerLink(decimalRatio(0.729), 3))).toBe('90');
  fc.assert(
    fc.property(positive, count, (wanted, k) => {
      const needed = neededPerLink(wanted, k);
      expect(compare(power(needed, k), wanted)).toBeGreaterThanOrEqual(0);
      const less = ratio(needed.num * (10_000n / needed.den) - 1n, 10_000);
      expect(compare(power(less, k), wanted)).toBeLessThan(0);
    }),
  );
  expect(neededPerLink(ratio(0), 3)).toEqual(ratio(0));
});

test('curves over the length start at one link and never rise', () => {
  fc.assert(
    fc.property(share, share, (base, tuned) => {
      const points = byLength({ base, tuned }, 20);
      expect(points).toHaveLength(20);
      expect(points[0]).toEqual({ links: 1, base, tuned });
      points.slice(1).forEach((point, i) => {
        expect(compare(point.base, points[i]!.base)).toBeLessThanOrEqual(0);
        expect(point.tuned).toEqual(times(points[i]!.tuned, tuned));
      });
    }),
  );
});
