/**
 * What the base policy of the calculator chain is pretrained on: guesses, unfinished thinking and
 * a share of careful work. The base must be lazy rather than bad at arithmetic; that is what
 * reinforcement can mend. Shares are those of the measured recipe and can be changed one by one.
 */
import { apply, inRange, parsePrompt } from './calculatorChain.ts';
import { chance, pickShare } from './chance.ts';
import { withFormatNoise, type FormatNoise } from './formatNoise.ts';
import { nearMiss } from './slips.ts';
import type { Draw, Example } from './task.ts';

/** Probabilities, all in [0, 1]. */
export interface Mixture extends FormatNoise {
  /** No thinking at all, only an answer. */
  guess: number;
  /** Thinking that stops early; what is left of 1 after guess and lazy is careful. */
  lazy: number;
  /** A guess that is right. Lower it to 0..0.1 when the base gets too good at guessing. */
  guessRight: number;
  /** A guess off by 1, 2, 3, 9 or 10; what is left of 1 is any number 0..99. */
  guessNear: number;
  /** A lazy answer that is the running total; what is left of 1 is any number 0..99. */
  lazyRunning: number;
  /** A written step whose result is wrong. */
  wrongStep: number;
}

/** The measured recipe. */
export const recipeMixture: Readonly<Mixture> = {
  guess: 0.35,
  lazy: 0.4,
  guessRight: 0.35,
  guessNear: 0.35,
  lazyRunning: 0.7,
  wrongStep: 0.01,
  untagged: 0.125,
  trailing: 0.125,
};

function guess(right: number, draw: Draw, mixture: Mixture): number {
  const kind = pickShare(draw, [mixture.guessRight, mixture.guessNear]);
  if (kind === 0) return right;
  return kind === 1 ? nearMiss(right, draw, inRange) : draw(100);
}

/**
 * The first `count` steps, each wrong with probability `wrongStep`, and the running total after
 * them. A wrong total is carried on; should it lead out of 0..99, the thinking stops there.
 */
function think(prompt: string, count: number, draw: Draw, wrongStep: number) {
  const { start, operations } = parsePrompt(prompt);
  const steps: string[] = [];
  let total = start;
  for (const operation of operations.slice(0, count)) {
    const right = apply(total, operation);
    if (!inRange(right)) break;
    const written = chance(draw, wrongStep) ? nearMiss(right, draw, inRange) : right;
    steps.push(`${total}${operation.operator}${operation.operand}=${written}`);
    total = written;
  }
  return { thinking: steps.join(','), total };
}

/** One completion of the mixture for an example of the calculator chain. */
export function pretrainingCompletion(
  example: Example,
  draw: Draw,
  mixture: Readonly<Mixture> = recipeMixture,
): string {
  const length = parsePrompt(example.prompt).operations.length;
  const kind = pickShare(draw, [mixture.guess, mixture.lazy]);
  if (kind === 0) {
    const answer = guess(Number(example.answer), draw, mixture);
    return withFormatNoise('', String(answer), draw, mixture);
  }
  const lazy = kind === 1;
  const count = lazy ? 1 + draw(length - 1) : length;
  const { thinking, total } = think(example.prompt, count, draw, mixture.wrongStep);
  const answer = lazy && !chance(draw, mixture.lazyRunning) ? draw(100) : total;
  return withFormatNoise(thinking, String(answer), draw, mixture);
}
