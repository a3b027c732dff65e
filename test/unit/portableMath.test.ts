/**
 * Our own exp, log, sin, cos and powers: within an ulp of this engine's, powers against exact
 * whole-number arithmetic, and golden bits that hold in every engine.
 */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { cos, exp, integerPower, log, sin } from '../../models/portableMath.ts';
import { lcgDraw } from './lcgDraw.ts';

const words = new DataView(new ArrayBuffer(8));

function bitsOf(x: number): bigint {
  words.setFloat64(0, x);
  return words.getBigUint64(0);
}

/** Doubles between two of the same sign. */
const ulps = (a: number, b: number): number => Math.abs(Number(bitsOf(a) - bitsOf(b)));

const draw = lcgDraw(1);
const uniform = (low: number, high: number) => () => low + (draw(2 ** 30) / 2 ** 30) * (high - low);

/** How near each is to the engine's own, where it is drawn from. */
const functions = [
  { name: 'exp', own: exp, engine: Math.exp, at: uniform(-700, 700) },
  { name: 'exp near 0', own: exp, engine: Math.exp, at: uniform(-1, 1) },
  { name: 'log', own: log, engine: Math.log, at: uniform(2 ** -30, 1) },
  { name: 'log of large numbers', own: log, engine: Math.log, at: uniform(1, 1e7) },
  { name: 'log near 1', own: log, engine: Math.log, at: uniform(1 - 1e-4, 1 + 1e-4) },
  { name: 'sin', own: sin, engine: Math.sin, at: uniform(-10, 10) },
  { name: 'cos', own: cos, engine: Math.cos, at: uniform(-10, 10) },
  { name: 'sin far out', own: sin, engine: Math.sin, at: uniform(0, 8e5) },
  { name: 'cos far out', own: cos, engine: Math.cos, at: uniform(0, 8e5) },
];

test.each(functions)('$name is within an ulp of the engine’s', ({ own, engine, at }) => {
  const points = Array.from({ length: 20_000 }, at);
  expect(Math.max(...points.map((x) => ulps(own(x), engine(x))))).toBeLessThanOrEqual(1);
});

/** The double nearest to base^exponent, by whole numbers: base = m · 2^−e. */
function exactPower(base: number, exponent: number): number {
  let e = 0;
  let m = base;
  for (; !Number.isInteger(m); e++) m *= 2;
  const power = BigInt(m) ** BigInt(exponent);
  const shift = power.toString(2).length - 60;
  const top = shift > 0 ? power >> BigInt(shift) : power << BigInt(-shift);
  return Number(top | 1n) * 2 ** (shift - e * exponent); // a sticky bit, then rounded
}

test('whole powers are the rounded true ones', () => {
  for (const base of [0.9, 0.98, 0.99, 0.999, 0.5, 1, 0, -0.75]) {
    for (const exponent of [0, 1, 2, 3, 7, 59, 60, 200]) {
      const exact = base === 0 ? 0 ** exponent : exactPower(base, exponent);
      expect([base, exponent, integerPower(base, exponent)]).toStrictEqual([base, exponent, exact]);
    }
  }
});

describe('edges', () => {
  test.each([
    [exp(0), 1],
    [exp(-Infinity), 0],
    [exp(710), Infinity],
    [exp(NaN), NaN],
    [exp(-745), Math.exp(-745)],
    [log(1), 0],
    [log(2), Math.LN2],
    [sin(0), 0],
    [cos(0), 1],
    [cos(Math.PI), -1],
    [integerPower(0.3, 0), 1],
  ])('%d is %d', (value, expected) => expect(value).toBe(expected));

  test('what no result could be right for is a bug of the caller', () => {
    const bad = [() => log(0), () => log(-1), () => log(NaN), () => sin(1e6), () => cos(Infinity)];
    for (const call of bad) expect(call).toThrow('internal');
    expect(() => integerPower(1.5, 2)).toThrow('internal');
    expect(() => integerPower(0.5, 1.5)).toThrow('internal');
  });
});

test('the bits are the ones they were', () => {
  const points = lcgDraw(2);
  const values = Float64Array.from({ length: 10_000 }, () => {
    const x = (points(2 ** 30) + 1) / 2 ** 24;
    return exp(-x) + log(x) + sin(100 * x) + cos(100 * x) + integerPower(x / 64, 3);
  });
  const digest = createHash('sha256').update(new Uint8Array(values.buffer)).digest('hex');
  expect(digest.slice(0, 16)).toBe('8a97fd44411e3d88');
});
