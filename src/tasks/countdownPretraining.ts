/**
 * What a base policy of Countdown is pretrained on: any valid expression without a thought, or
 * attempts that are given up too soon. It can try, and can tell a hit from a miss; it does not yet
 * insist. That is what reinforcement can mend.
 */
import { chance, pick } from './chance.ts';
import {
  expressions,
  expressionSteps,
  expressionText,
  resultOf,
  type CountdownExample,
  type Expression,
} from './countdown.ts';
import { withFormatNoise, type FormatNoise } from './formatNoise.ts';
import { nearMiss } from './slips.ts';
import type { Draw } from './task.ts';

/** Probabilities, all in [0, 1]. */
export interface CountdownMixture extends FormatNoise {
  /** No thinking: any valid expression is the answer. */
  direct: number;
  /** Thinking in which no result comes twice. */
  distinct: number;
  /** Giving up after an attempt that missed. */
  stopAfterMiss: number;
  /** Going on after an attempt that hit. */
  continueAfterHit: number;
  /** After a hit, the answer is the hit; else the last attempt or any expression, half each. */
  copyHit: number;
  /** A written step whose result is wrong. */
  wrongStep: number;
}

/** The measured recipe. */
export const countdownMixture: Readonly<CountdownMixture> = {
  direct: 0.4,
  distinct: 0.6,
  stopAfterMiss: 0.4,
  continueAfterHit: 0.15,
  copyHit: 0.92,
  wrongStep: 0.01,
  untagged: 0.125,
  trailing: 0.125,
};

const MOST_ATTEMPTS = 4;

/** The expression as it is written down: now and then a total is wrong, and carried on. */
function written(one: Expression, draw: Draw, wrongStep: number): Expression {
  const totals: number[] = [];
  one.signs.reduce((total, sign, i) => {
    const number = one.numbers[i + 1]!;
    const right = sign === '+' ? total + number : total - number;
    const next = chance(draw, wrongStep) ? nearMiss(right, draw, (near) => near >= 0) : right;
    totals.push(next);
    return next;
  }, one.numbers[0]!);
  return { ...one, totals };
}

/** Attempts at the target, in order; at least one and at most four. */
function attempts(example: CountdownExample, draw: Draw, mixture: CountdownMixture): Expression[] {
  const all = expressions(example.numbers);
  const distinct = chance(draw, mixture.distinct);
  const tried: Expression[] = [];
  while (tried.length < MOST_ATTEMPTS) {
    const seen = new Set(tried.map(resultOf));
    const open = distinct ? all.filter((one) => !seen.has(resultOf(one))) : all;
    if (open.length === 0) break;
    const attempt = written(pick(draw, open), draw, mixture.wrongStep);
    tried.push(attempt);
    const hit = resultOf(attempt) === example.target;
    if (hit ? !chance(draw, mixture.continueAfterHit) : chance(draw, mixture.stopAfterMiss)) break;
  }
  return tried;
}

/** One completion of the mixture for an example of Countdown. */
export function countdownCompletion(
  example: CountdownExample,
  draw: Draw,
  mixture: Readonly<CountdownMixture> = countdownMixture,
): string {
  const any = (): Expression => pick(draw, expressions(example.numbers));
  if (chance(draw, mixture.direct)) {
    return withFormatNoise('', expressionText(any()), draw, mixture);
  }
  const tried = attempts(example, draw, mixture);
  const hit = tried.find((one) => resultOf(one) === example.target);
  const copied = hit && chance(draw, mixture.copyHit) ? hit : null;
  const answer = copied ?? (chance(draw, 0.5) ? tried.at(-1)! : any());
  const thinking = tried.map(expressionSteps).join(',');
  return withFormatNoise(thinking, expressionText(answer), draw, mixture);
}
