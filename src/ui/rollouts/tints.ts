/**
 * What tokens can be tinted by, as one table: the strength of the tint, the legend, and what is
 * read out at a token. A tint is never the only sign: signed quantities are underlined as well, and
 * every number is read out. Levels are for the eye; nothing computes with them.
 */
import { signedNumber } from '../format.ts';
import type { TokenView } from './tokenParts.ts';

/** `t0` … `t4`: how unlikely or uncertain; `u1` … `u3`: up, `d1` … `d3`: down. */
export type TintClass = `${'t' | 'u' | 'd'}${0 | 1 | 2 | 3 | 4}`;

export type TintMode = 'probability' | 'entropy' | 'change' | 'credit';

interface TintEntry {
  label: string;
  meaning: string;
  legend: readonly { text: string; tint: TintClass }[];
  /** @param scale largest absolute value that is shown, for signed quantities. */
  tint: (token: TokenView, scale: number) => TintClass;
  /** The quantity of a token, for the scale. */
  value: (token: TokenView) => number | null;
  /** What is said where it is known of no token. */
  missing?: string;
}

const strengths = [0, 1, 2, 3, 4] as const;
const steps = (texts: readonly [string, string, string, string, string]) =>
  strengths.map((level) => ({ text: texts[level], tint: `t${level}` as const }));

/** Level 0 to 4: how many of the four bounds are passed. */
function level(isPast: (bound: number) => boolean, bounds: readonly number[]): TintClass {
  return `t${strengths[bounds.filter(isPast).length] ?? 4}`;
}

const LEAST = [0.9, 0.6, 0.3, 0.1] as const;
const MOST = [0.1, 0.4, 0.8, 1.4] as const;

/** Signed: three strengths by the share of the largest; what rounds to nothing stays bare. */
function signedTint(value: number | null, scale: number): TintClass {
  const share = value === null ? 0 : Math.abs(value) / Math.max(scale, 1e-12);
  if (value === null || share < 0.02) return 't0';
  const strength = share < 0.2 ? 1 : share < 0.6 ? 2 : 3;
  return `${value > 0 ? 'u' : 'd'}${strength}`;
}

const notMeasured =
  'Not measured at this step: tick “measure credit” before a step, and all its prompts have it.';

export const tints: Record<TintMode, TintEntry> = {
  probability: {
    label: 'probability',
    meaning: 'How likely the policy found the token when it drew it.',
    legend: steps(['≥ 90 %', '≥ 60 %', '≥ 30 %', '≥ 10 %', '< 10 %']),
    tint: ({ probability }) => level((bound) => (probability ?? 1) < bound, LEAST),
    value: ({ probability }) => probability,
  },
  entropy: {
    label: 'entropy',
    meaning: 'How undecided the policy was in this place, whatever it drew: 0 is certain.',
    legend: steps(['≤ 0.1 nats', '≤ 0.4', '≤ 0.8', '≤ 1.4', '> 1.4']),
    tint: ({ entropy }) => level((bound) => (entropy ?? 0) > bound, MOST),
    value: ({ entropy }) => entropy ?? null,
  },
  change: {
    label: 'change',
    meaning: 'How far the update moved the log-probability of the token.',
    legend: [
      { text: 'likelier', tint: 'u2' },
      { text: 'less likely', tint: 'd2' },
      { text: 'hardly moved', tint: 't0' },
    ],
    tint: ({ change }, scale) => signedTint(change ?? null, scale),
    value: ({ change }) => change ?? null,
    missing: notMeasured,
  },
  credit: {
    label: 'credit',
    meaning:
      'Did the update move the token as its completion’s advantage wanted? Advantage × change: where the advantage is below 0, a token is wanted less likely, so the colours turn round against “change”.',
    legend: [
      { text: 'moved as wanted', tint: 'u2' },
      { text: 'against it', tint: 'd2' },
      { text: 'hardly moved', tint: 't0' },
    ],
    tint: ({ credit }, scale) => signedTint(credit ?? null, scale),
    value: ({ credit }) => credit ?? null,
    missing: notMeasured,
  },
};

/** What to say in place of a legend; null where there is something to see. */
export const notMeasuredWords = (mode: TintMode, tokens: readonly TokenView[]): string | null =>
  tokens.some((token) => tints[mode].value(token) !== null) ? null : (tints[mode].missing ?? null);

/** The largest absolute quantity among tokens. */
export const tintScale = (mode: TintMode, tokens: readonly TokenView[]): number =>
  tokens.reduce((top, token) => Math.max(top, Math.abs(tints[mode].value(token) ?? 0)), 0);

const choice = ({ text, probability }: { text: string; probability: number }): string =>
  `${text === '' ? '⏎' : `“${text}”`} ${(probability * 100).toFixed(1)} %`;

const logarithm = (probability: number): string => signedNumber(Math.log(probability), 2);
/** Its log-probability does not round to 0, which would say nothing. */
const isFelt = (probability: number): boolean => Math.log(probability) <= -0.005;

/** What is read out before there is a token to tell of. */
export const pointAtToken = 'Point at or tap a token, or move along them with the arrow keys.';

/** All that is known of a token, in a line. */
export function tokenWords(token: TokenView): string {
  const { text, isEnd, probability, entropy, change, credit, likeliest } = token;
  const parts = [
    probability !== null && `probability ${(probability * 100).toFixed(1)} %`,
    probability !== null && isFelt(probability) && `log-probability ${logarithm(probability)}`,
    entropy !== undefined && entropy !== null && `entropy ${entropy.toFixed(2)} nats`,
    change !== undefined && `change ${signedNumber(change, 4)}`,
    credit !== undefined && `credit ${signedNumber(credit, 4)}`,
    likeliest !== undefined && `likeliest here: ${likeliest.map(choice).join(' · ')}`,
  ].filter((part) => part !== false);
  const name = isEnd ? 'end of completion' : `“${text}”`;
  return parts.length === 0 ? name : `${name}: ${parts.join(', ')}`;
}
