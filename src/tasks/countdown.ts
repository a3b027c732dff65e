/**
 * Countdown-lite: `C3,10,1:14|` asks for 14 from 3, 10 and 1, each used once, with + and - only.
 * An answer is an expression such as `3+10+1`, evaluated from left to right.
 *
 * It is parsed, never evaluated as code: two signs between three plain numbers or nothing.
 * Held out is a quarter of all pairs (multiset of numbers, target), in whatever order they stand.
 */
import { firstFit, ORDERS_OF_THREE, pick } from './chance.ts';
import { isHeldOut } from './split.ts';
import type { Draw, Example, Scored, Task } from './task.ts';
import { parts, strictAnswer } from './thinking.ts';

export interface CountdownExample extends Example {
  /** The three numbers, 1..12, ascending. */
  numbers: readonly number[];
  /** What the expression has to give, 1..60. */
  target: number;
}

interface Expression {
  text: string;
  /** Its two steps, as a gold completion thinks them: `3+10=13+1=14`. */
  steps: string;
  intermediate: number;
  result: number;
}

const LARGEST_TARGET = 60;
const HELD_OUT_ONE_IN = 4;
const SIGNS = ['+', '-'] as const;

const add = (a: number, sign: string, b: number): number => (sign === '+' ? a + b : a - b);

const ascending = (numbers: readonly number[]): number[] => numbers.toSorted((a, b) => a - b);

/** Every expression a gold answer may use: intermediate at least 0, result 1..60. */
function expressions(numbers: readonly number[]): Expression[] {
  const all = ORDERS_OF_THREE.flatMap(([i, j, k]) =>
    SIGNS.flatMap((first) =>
      SIGNS.map((second) => {
        const [a, b, c] = [numbers[i]!, numbers[j]!, numbers[k]!];
        const intermediate = add(a, first, b);
        const result = add(intermediate, second, c);
        return {
          text: `${a}${first}${b}${second}${c}`,
          steps: `${a}${first}${b}=${intermediate}${second}${c}=${result}`,
          intermediate,
          result,
        };
      }),
    ),
  );
  return all.filter(
    ({ intermediate, result }) => intermediate >= 0 && result >= 1 && result <= LARGEST_TARGET,
  );
}

function example(draw: Draw, heldOut: boolean): CountdownExample {
  return firstFit(() => {
    const shown = Array.from({ length: 3 }, () => 1 + draw(12));
    const numbers = ascending(shown);
    const valid = expressions(numbers);
    const target = pick(draw, [...new Set(valid.map(({ result }) => result))]);
    if (isHeldOut(`${numbers.join()}:${target}`, HELD_OUT_ONE_IN) !== heldOut) return null;
    const hits = valid.filter(({ result }) => result === target);
    const { text, steps } = pick(draw, hits);
    const prompt = `C${shown.join()}:${target}|`;
    return { prompt, answer: text, gold: `<${steps}>${text}`, numbers, target };
  });
}

/** What the answer comes to when it uses exactly the given numbers, written plainly; else null. */
function value(scored: Scored<CountdownExample>): number | null {
  const number = '([1-9]\\d*)';
  const match = new RegExp(`^${number}([+-])${number}([+-])${number}$`).exec(
    strictAnswer(scored) ?? '',
  );
  if (!match) return null;
  const [a, b, c] = [Number(match[1]), Number(match[3]), Number(match[5])];
  if (ascending([a, b, c]).join() !== ascending(scored.example.numbers).join()) return null;
  return add(add(a, match[2]!, b), match[4]!, c);
}

const isCorrect = (scored: Scored<CountdownExample>): boolean =>
  value(scored) === scored.example.target;

export const countdown: Task<CountdownExample> = {
  id: 'countdown',
  title: 'Countdown-lite',
  summary: 'Reach the target with three given numbers, each used once, by adding and subtracting.',
  example,
  rewards: [
    {
      name: 'correct',
      meaning: 'The expression is well formed and gives the target.',
      weight: 0.9,
      score: (scored) => Number(isCorrect(scored)),
    },
    {
      name: 'format',
      meaning: 'The completion reads <thinking>expression and uses exactly the given numbers.',
      weight: 0.1,
      score: (scored) => Number(value(scored) !== null),
    },
  ],
  isCorrect,
  parts,
};
