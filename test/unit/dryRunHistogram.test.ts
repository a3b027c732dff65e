/** Bins of totals and where they are drawn. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { histogram } from '../../src/session/dryRunHistogram.ts';
import { layOut, shareTicks } from '../../src/ui/rewards/histogramLayout.ts';

it('puts totals of a few kinds each at their own place', () => {
  const bins = histogram([0, 0.1, 0.1, 1], [1, 1]);
  const filled = bins.filter(({ base, gold }) => base + gold > 0);
  expect(filled.map(({ centre, base, gold }) => [centre, base, gold])).toEqual([
    [0, 1, 0],
    [0.1, 2, 0],
    [1, 1, 2],
  ]);
  expect(bins).toHaveLength(11);
  expect([bins[0]?.from, bins.at(-1)?.to]).toEqual([0, 1]);
});

it('makes one bin of totals that are all the same, and none of no totals', () => {
  expect(histogram([0.3, 0.3], [0.1 + 0.2])).toEqual([
    { centre: 0.3, from: 0.3, to: 0.1 + 0.2, base: 2, gold: 1 },
  ]);
  expect(histogram([], [])).toEqual([]);
});

const totals = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { maxLength: 40 });

it('counts every total once, in at most 20 bins that join up over the range', () => {
  fc.assert(
    fc.property(totals, totals, fc.constantFrom(1, 1e-3, 1e-7), (rawBase, rawGold, scale) => {
      const base = rawBase.map((x) => x * scale);
      const gold = rawGold.map((x) => x * scale);
      const bins = histogram(base, gold);
      const all = [...base, ...gold];
      expect(bins.length).toBeLessThanOrEqual(20);
      expect(bins.reduce((sum, bin) => sum + bin.base, 0)).toBe(base.length);
      expect(bins.reduce((sum, bin) => sum + bin.gold, 0)).toBe(gold.length);
      if (all.length === 0) return;
      expect([bins[0]?.from, bins.at(-1)?.to]).toEqual([Math.min(...all), Math.max(...all)]);
      for (const [i, { to }] of bins.slice(0, -1).entries()) expect(bins[i + 1]?.from).toBe(to);
      expect((bins[0]?.base ?? 0) + (bins[0]?.gold ?? 0)).toBeGreaterThan(0);
      expect((bins.at(-1)?.base ?? 0) + (bins.at(-1)?.gold ?? 0)).toBeGreaterThan(0);
    }),
  );
});

it('draws bars as shares of their own kind, inside the plot', () => {
  const { bins, ticks, left, right, bottom } = layOut(histogram([0, 0, 0, 1], [1]), 320, 200);
  const [first, last] = [bins[0]!, bins.at(-1)!];
  const topTick = ticks.at(-1)!;
  expect(topTick.share).toBe(1);
  expect(last.gold?.y).toBeCloseTo(topTick.y);
  expect(first.base!.height / last.gold!.height).toBeCloseTo(0.75);
  expect(last.base!.height / last.gold!.height).toBeCloseTo(0.25);
  expect(first.gold).toBeNull();
  for (const bar of bins.flatMap(({ base, gold }) => [base, gold])) {
    if (bar === null) continue;
    expect(bar.x).toBeGreaterThanOrEqual(left);
    expect(bar.x + bar.width).toBeLessThanOrEqual(right);
    expect(bar.y + bar.height).toBeCloseTo(bottom);
  }
});

it('labels fewer bins where there is little room', () => {
  const labels = (width: number): number =>
    layOut(histogram([0, 1], []), width, 200).bins.filter(({ labelled }) => labelled).length;
  expect(labels(600)).toBe(11);
  expect(labels(300)).toBe(6);
});

it('has at most five round ticks that reach the highest share', () => {
  for (const most of [0, 0.01, 0.08, 0.09, 0.3, 0.75, 0.8, 1]) {
    const ticks = shareTicks(most);
    expect(ticks.length).toBeLessThanOrEqual(5);
    expect(ticks.at(-1)! + 1e-9).toBeGreaterThanOrEqual(Math.max(most, 0.02));
  }
});
