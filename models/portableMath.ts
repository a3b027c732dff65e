/**
 * The few functions of analysis that a run's numbers need, made of + − × ÷ and nothing else. Those
 * are exact in IEEE 754, so these give the same bits in every engine and on every machine;
 * JavaScript's own exp, log, sin, cos and `**` are "implementation-approximated" (ECMA-262, 21.3)
 * and differ between engines. Errors stay below 1 ulp; `integerPower` is the rounded true value but
 * for near-ties. Textbook methods: argument reduction after Cody and Waite ("Software manual for the
 * elementary functions", 1980), Taylor polynomials, and products of two doubles after Dekker ("A
 * floating-point technique for extending the available precision", 1971).
 */

const words = new DataView(new ArrayBuffer(8));

/** 2^exponent, for the exponents of normal numbers. */
function twoTo(exponent: number): number {
  words.setUint32(0, (exponent + 1023) << 20);
  words.setUint32(4, 0);
  return words.getFloat64(0);
}

/** 1 / first!, ∓ 1 / (first + by)!, …: `count` of them. */
function inverseFactorials(first: number, by: number, count: number, sign: 1 | -1): number[] {
  const terms: number[] = [];
  let factorial = 1;
  for (let n = 1, next = first; terms.length < count; n++) {
    factorial *= n;
    if (n !== next) continue;
    terms.push((sign === -1 && terms.length % 2 === 1 ? -1 : 1) / factorial);
    next += by;
  }
  return terms;
}

/** Σ terms[i] · x^i (Horner). */
function polynomial(terms: readonly number[], x: number): number {
  let sum = 0;
  for (let i = terms.length - 1; i >= 0; i--) sum = sum * x + terms[i]!;
  return sum;
}

/** ln 2 in two parts: the first has 32 bits, so that its products with an exponent are exact. */
const ln2 = { high: 0.6931471803691238, low: 1.9082149292705877e-10 };

/** r²/2! + r³/3! + …, divided by r². */
const expTerms = inverseFactorials(2, 1, 13, 1);

/** e^x. */
export function exp(x: number): number {
  if (Number.isNaN(x)) return x;
  if (x > 709.79) return Infinity;
  if (x < -745.2) return 0;
  const k = Math.floor(x / (ln2.high + ln2.low) + 0.5);
  const high = x - k * ln2.high;
  const low = k * ln2.low;
  const r = high - low;
  // What r lost to rounding comes back with the rest of the series, which is small beside 1.
  const value = 1 + (high + (r * r * polynomial(expTerms, r) - low));
  const half = Math.floor(k / 2); // in two steps: 2^k alone may be no normal number
  return value * twoTo(half) * twoTo(k - half);
}

/** 2/3, 2/5, …: of ln(1 + f) = 2s + 2s³/3 + 2s⁵/5 + …, s = f / (2 + f). */
const logTerms = Array.from({ length: 11 }, (_, i) => 2 / (2 * i + 3));

/** Natural logarithm of a positive normal number. */
export function log(x: number): number {
  if (!(x >= 2.2250738585072014e-308 && x < Infinity)) {
    throw new RangeError(`internal: log of ${x}`);
  }
  words.setFloat64(0, x);
  const top = words.getUint32(0);
  let k = (top >>> 20) - 1023;
  words.setUint32(0, (top & 0xfffff) | 0x3ff00000);
  let mantissa = words.getFloat64(0); // in [1, 2), then in [√½, √2)
  if (mantissa > 1.4142135623730951) {
    mantissa /= 2;
    k += 1;
  }
  const f = mantissa - 1;
  const s = f / (2 + f);
  const z = s * s;
  const half = 0.5 * f * f;
  // 2s = f − s·f = f − (half − s · half), so that f itself enters exactly.
  const rest = s * (half + z * polynomial(logTerms, z)) + k * ln2.low;
  return k * ln2.high - (half - rest - f);
}

/** π/2 in three parts: products of the first two (33 bits each) with less than 2²⁰ are exact. */
const halfPi = [1.5707963267341256, 6.077100506303966e-11, 2.0222662487959506e-21] as const;
const farthest = 2 ** 19;

const sinTerms = inverseFactorials(3, 2, 9, -1);
const cosTerms = inverseFactorials(4, 2, 9, -1);

/** sin(x + dx) for |x| ≤ π/4 and a tiny dx. */
function sinOfPart(x: number, dx: number): number {
  const z = x * x;
  const cube = z * x;
  // sin x + dx · cos x, the small terms first
  return x - (cube * polynomial(sinTerms, z) - dx * (1 - 0.5 * z));
}

/** cos(x + dx) for |x| ≤ π/4 and a tiny dx. */
function cosOfPart(x: number, dx: number): number {
  const z = x * x;
  const half = 0.5 * z;
  const near = 1 - half;
  return near + (1 - near - half + (z * z * polynomial(cosTerms, z) - x * dx));
}

/** The part of an angle beyond a whole number of right angles, as a sum of two, and that number. */
function turned(angle: number): { x: number; dx: number; quarter: number } {
  const n = Math.floor(angle / halfPi[0] + 0.5);
  if (!(Math.abs(n) <= farthest)) throw new RangeError(`internal: angle ${angle}`);
  const near = angle - n * halfPi[0];
  const part = n * halfPi[1];
  const high = near - part;
  const low = near - high - part - n * halfPi[2];
  const x = high + low;
  return { x, dx: high - x + low, quarter: n & 3 };
}

/** Sine of an angle in radians of at most 2¹⁹ right angles. */
export function sin(angle: number): number {
  const { x, dx, quarter } = turned(angle);
  const value = quarter % 2 === 0 ? sinOfPart(x, dx) : cosOfPart(x, dx);
  return quarter < 2 ? value : -value;
}

/** Cosine of an angle in radians of at most 2¹⁹ right angles. */
export function cos(angle: number): number {
  const { x, dx, quarter } = turned(angle);
  const value = quarter % 2 === 0 ? cosOfPart(x, dx) : sinOfPart(x, dx);
  return quarter === 0 || quarter === 3 ? value : -value;
}

/** Upper half of a double's bits. */
function upper(a: number): number {
  const shifted = 134217729 * a; // 2²⁷ + 1
  return shifted - (shifted - a);
}

type Pair = readonly [high: number, low: number];

/** (a + a') · (b + b') as such a sum: twice the precision of a double. */
function product([a, aLow]: Pair, [b, bLow]: Pair): Pair {
  const p = a * b;
  const [aTop, bTop] = [upper(a), upper(b)];
  const [aRest, bRest] = [a - aTop, b - bTop];
  const lost = aTop * bTop - p + aTop * bRest + aRest * bTop + aRest * bRest;
  const low = lost + (a * bLow + aLow * b);
  const high = p + low;
  return [high, p - high + low];
}

/** base^exponent, for |base| ≤ 1 and a whole exponent from 0 on. */
export function integerPower(base: number, exponent: number): number {
  if (!(Math.abs(base) <= 1 && Number.isSafeInteger(exponent) && exponent >= 0)) {
    throw new RangeError(`internal: ${base} to the power of ${exponent}`);
  }
  let result: Pair = [1, 0];
  let square: Pair = [base, 0];
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = product(result, square);
    if (rest > 1) square = product(square, square);
  }
  return result[0];
}
