/** Smoothing of curves against values worked out by hand. */
import { describe, expect, it } from 'vitest';
import { smooth } from '../../src/session/smoothing.ts';

describe('smooth', () => {
  it('is the debiased moving average', () => {
    // w = 0.5. Values 2, 4, 8: m = 1, 2.5, 5.25; 1 − wⁿ = 0.5, 0.75, 0.875.
    const [a, b, c] = smooth([2, 4, 8], 0.5);
    expect(a).toBe(2);
    expect(b).toBeCloseTo(10 / 3, 12);
    expect(c).toBe(6);
  });

  it('leaves a constant and an unsmoothed line as they are', () => {
    for (const value of smooth([3, 3, 3, 3], 0.9)) expect(value).toBeCloseTo(3, 12);
    expect(smooth([1, null, -2], 0)).toEqual([1, null, -2]);
  });

  it('keeps gaps, which take nothing from the average', () => {
    const dense = smooth([2, 4, 8], 0.6);
    expect(smooth([null, 2, null, null, 4, 8], 0.6)).toEqual([
      null,
      dense[0],
      null,
      null,
      dense[1],
      dense[2],
    ]);
  });
});
