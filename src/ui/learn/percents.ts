/** Exact fractions as the chains page writes them: with its unit, and `≈` where it was rounded. */
import { difference } from '../../session/chains.ts';
import { percentText, toNumber, type Ratio } from '../../session/ratio.ts';

/** U+202F, a narrow space that does not break. */
const THIN = '\u202f';

/** A text whose per cent signs stay with their numbers. */
export const tied = (text: string): string => text.replaceAll(' %', `${THIN}%`);

const RAISED = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** 12 as `¹²`. */
export const raised = (power: number): string =>
  Array.from(String(power), (digit) => RAISED[Number(digit)] ?? '').join('');

export const percent = (a: Ratio): string => `${percentText(a).text}${THIN}%`;

/** `= 72.9 %` or `≈ 91.27 %`; `< 0.01 %` says for itself that it is rounded. */
export function equals(a: Ratio): string {
  const { text, exact } = percentText(a);
  if (/^[<>]/.test(text)) return `${text.charAt(0)} ${text.slice(1)}${THIN}%`;
  return `${exact ? '=' : '≈'} ${text}${THIN}%`;
}

/** `+8.1 points`. */
export function points(before: Ratio, after: Ratio): string {
  const { sign, size } = difference(before, after);
  if (sign === 0) return 'no change';
  const { text, exact } = percentText(size);
  return `${exact ? '' : '≈ '}${sign > 0 ? '+' : '−'}${text}${THIN}points`;
}

/** A factor to three figures: `16.2`. */
export const timesText = (factor: Ratio): string =>
  Number(toNumber(factor).toPrecision(3)).toLocaleString('en', { maximumSignificantDigits: 3 });
