/**
 * Accuracy of chained calls, exactly. The assumption behind every line: the links err independently
 * of each other, and one wrong link spoils the whole; nothing later notices or mends it. Then the
 * whole is right exactly when every link is: P = p₁ · p₂ · … · p_k (the product rule for independent
 * events). Pure; no rounding (ratio.ts does that for display).
 */
import { compare, over, power, ratio, times, type Ratio } from './ratio.ts';

/** Accuracy of links in a row. */
export const wholeOf = (links: readonly Ratio[]): Ratio =>
  links.reduce((whole, link) => times(whole, link), ratio(1));

/** Links of a chain of `count`: tuned at the places in `tuned` (from 0), base elsewhere. */
export function linksOf(
  count: number,
  tuned: ReadonlySet<number>,
  accuracy: { base: Ratio; tuned: Ratio },
): Ratio[] {
  return Array.from({ length: count }, (_, i) => (tuned.has(i) ? accuracy.tuned : accuracy.base));
}

/** What tuning some links from a to b makes of the whole. */
export interface Effect {
  before: Ratio;
  after: Ratio;
  /** after / before = (b / a) to the power of the number of tuned links; null where a is 0. */
  factor: Ratio | null;
  /** The whole if the tuned links were never wrong: what the others leave possible. */
  ceiling: Ratio;
}

export function effectOf(
  count: number,
  tuned: ReadonlySet<number>,
  accuracy: { base: Ratio; tuned: Ratio },
): Effect {
  const before = power(accuracy.base, count);
  const after = wholeOf(linksOf(count, tuned, accuracy));
  const ceiling = wholeOf(linksOf(count, tuned, { base: accuracy.base, tuned: ratio(1) }));
  return { before, after, factor: before.num === 0n ? null : over(after, before), ceiling };
}

/** From a to b: which way, and how far. */
export function difference(a: Ratio, b: Ratio): { sign: number; size: Ratio } {
  const gap = b.num * a.den - a.num * b.den;
  return { sign: compare(b, a), size: ratio(gap < 0n ? -gap : gap, a.den * b.den) };
}

/**
 * How accurate each of `count` equal links must be for the whole to reach `wanted`, p = w^(1/k),
 * rounded up: the smallest percentage with that many decimals whose power, compared exactly, is
 * not below what is wanted.
 */
export function neededPerLink(wanted: Ratio, count: number, decimals = 2): Ratio {
  const all = 10n ** BigInt(decimals + 2);
  let [low, high] = [0n, all];
  while (low < high) {
    const middle = (low + high) / 2n;
    if (compare(power(ratio(middle, all), count), wanted) >= 0) high = middle;
    else low = middle + 1n;
  }
  return ratio(low, all);
}

/** What a curve over the length of the chain shows. */
export interface LengthPoint {
  links: number;
  base: Ratio;
  tuned: Ratio;
}

/** Chains of 1 to `longest` links, all base and all tuned. */
export function byLength(accuracy: { base: Ratio; tuned: Ratio }, longest: number): LengthPoint[] {
  return Array.from({ length: longest }, (_, i) => ({
    links: i + 1,
    base: power(accuracy.base, i + 1),
    tuned: power(accuracy.tuned, i + 1),
  }));
}
