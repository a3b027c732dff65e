/**
 * Exact fractions for accuracies: 0.9 × 0.9 × 0.9 is 72.9 % here and not 72.90000000000001. Whole
 * numbers of any size, always in lowest terms, the denominator positive. Rounding happens in one
 * place, where a fraction becomes text, and the text says whether it was rounded.
 */
export interface Ratio {
  readonly num: bigint;
  readonly den: bigint;
}

const gcd = (a: bigint, b: bigint): bigint => (b === 0n ? a : gcd(b, a % b));

export function ratio(num: bigint | number, den: bigint | number = 1n): Ratio {
  const [n, d] = [BigInt(num), BigInt(den)];
  if (d <= 0n || n < 0n) throw new Error('internal: a ratio is not negative, its denominator > 0');
  const common = gcd(n, d);
  return { num: n / common, den: d / common };
}

/** The decimal number as it is written: 0.9 is nine tenths. Not for negative ones. */
export function decimalRatio(value: number): Ratio {
  const [mantissa = '0', exponent = '0'] = String(value).split('e');
  const [whole = '0', digits = ''] = mantissa.split('.');
  const power = Number(exponent) - digits.length;
  const units = BigInt(whole + digits);
  return power >= 0 ? ratio(units * 10n ** BigInt(power)) : ratio(units, 10n ** BigInt(-power));
}

export const times = (a: Ratio, b: Ratio): Ratio => ratio(a.num * b.num, a.den * b.den);

/** a / b; b is not 0. */
export const over = (a: Ratio, b: Ratio): Ratio => ratio(a.num * b.den, a.den * b.num);

export const power = (a: Ratio, k: number): Ratio => ratio(a.num ** BigInt(k), a.den ** BigInt(k));

/** Negative, 0 or positive, as a is below, at or above b. */
export const compare = (a: Ratio, b: Ratio): number =>
  Number(a.num * b.den > b.num * a.den) - Number(a.num * b.den < b.num * a.den);

/** The whole number next to a × scale, a half upwards. */
const scaled = ({ num, den }: Ratio, scale: bigint): bigint =>
  (2n * num * scale + den) / (2n * den);

/** For drawing only; good to 15 places. */
export const toNumber = (a: Ratio): number => Number(scaled(a, 10n ** 15n)) / 1e15;

export interface PercentText {
  /** `72.9`, without the sign of percent; `<0.01` and `>99.99` where rounding would tell a lie. */
  text: string;
  /** False when it was rounded. */
  exact: boolean;
}

/** A fraction of at most 1 in percent, to at most `decimals` places; exact ones drop their zeros. */
export function percentText(a: Ratio, decimals = 2): PercentText {
  const scale = 10n ** BigInt(decimals);
  const units = scaled(a, 100n * scale);
  const exact = units * a.den === a.num * 100n * scale;
  const text = decimalText(units, decimals);
  if (exact) return { text: trimmed(text), exact };
  if (units === 0n) return { text: `<${decimalText(1n, decimals)}`, exact };
  if (units === 100n * scale) return { text: `>${decimalText(units - 1n, decimals)}`, exact };
  return { text, exact };
}

function decimalText(units: bigint, decimals: number): string {
  const digits = String(units).padStart(decimals + 1, '0');
  if (decimals === 0) return digits;
  return `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

const trimmed = (text: string): string => (text.includes('.') ? text.replace(/\.?0+$/, '') : text);
