/** Philox against the known answers of Random123 (kat_vectors, philox4x32 10 rounds). */
import { describe, expect, it } from 'vitest';
import { drawStream, philox4x32, randomUniform } from '../../models/philox.ts';

const ones = 0xffffffff;

describe('philox4x32-10', () => {
  it.each([
    {
      counter: [0, 0, 0, 0],
      key: [0, 0],
      words: [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    },
    {
      counter: [ones, ones, ones, ones],
      key: [ones, ones],
      words: [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    },
    {
      counter: [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      key: [0xa4093822, 0x299f31d0],
      words: [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    },
  ] as const)('$counter $key', ({ counter, key, words }) => {
    expect([...philox4x32(counter, key)]).toEqual([...words]);
  });
});

describe('randomUniform', () => {
  it('stays in [0, 1) and is a multiple of 2^-23', () => {
    for (let i = 0; i < 2000; i++) {
      const u = randomUniform(9, 'sample', 3, i, 5);
      expect(u).toBeGreaterThanOrEqual(0);
      expect(u).toBeLessThan(1);
      expect(Number.isInteger(u * 2 ** 23)).toBe(true);
    }
  });

  it('depends on every part of the address', () => {
    const at = randomUniform(1, 'sample', 2, 3, 4);
    expect(randomUniform(1, 'sample', 2, 3, 4)).toBe(at);
    for (const other of [
      randomUniform(2, 'sample', 2, 3, 4),
      randomUniform(1, 'evalSample', 2, 3, 4),
      randomUniform(1, 'sample', 3, 3, 4),
      randomUniform(1, 'sample', 2, 4, 4),
      randomUniform(1, 'sample', 2, 3, 5),
    ]) {
      expect(other).not.toBe(at);
    }
  });
});

describe('drawStream', () => {
  it('is uniform: chi-squared over 10 cells of 20,000 draws', () => {
    const draw = drawStream(4, 'task', 0);
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < 20_000; i++) counts[draw(10)]! += 1;
    const chi = counts.reduce((sum, n) => sum + (n - 2000) ** 2 / 2000, 0);
    expect(chi).toBeLessThan(27.9); // 99.9 % quantile, 9 degrees of freedom
  });

  it('refuses an empty range', () => {
    expect(() => drawStream(1, 'task', 0)(0)).toThrow('internal');
  });
});
