/**
 * Countdown: `C3,10,1:14|` asks for 14 from 3, 10 and 1, each used once, with + and - only.
 * An answer is an expression such as `3+10+1`, evaluated from left to right.
 *
 * It is parsed, never evaluated as code: signs between plain numbers or nothing.
 * Held out is a quarter of all pairs (multiset of numbers, target), in whatever order they stand.
 */
import { firstFit, pick } from './chance.ts';
import { isHeldOut } from './split.ts';
import { standardLevel, type Draw, type Example, type Scored, type Task } from './task.ts';
import { parts, strictAnswer } from './thinking.ts';

export interface CountdownExample extends Example {
  /** The given numbers, 1..12 each, ascending. */
  numbers: readonly number[];
  /** What the expression has to give, 1..60. */
  target: number;
}

/** Numbers in the order they are used, with the sign in front of every one but the first. */
export interface Expression {
  numbers: readonly number[];
  signs: readonly Sign[];
  /** Running totals after each sign, the last one being the result. */
  totals: readonly number[];
}

type Sign = '+' | '-';

/** How many numbers are given at each level. */
const COUNTS = [2, 3, 4] as const;
const LARGEST_NUMBER = 12;
const LARGEST_TARGET = 60;
const HELD_OUT_ONE_IN = 4;
const SIGNS: readonly Sign[] = ['+', '-'];

const add = (a: number, sign: Sign, b: number): number => (sign === '+' ? a + b : a - b);

const ascending = (numbers: readonly number[]): number[] => numbers.toSorted((a, b) => a - b);

/** All orders of some things, by place: two equal numbers count as two things. */
function orders(items: readonly number[]): number[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, at) => orders(items.toSpliced(at, 1)).map((rest) => [item, ...rest]));
}

function totalsOf(numbers: readonly number[], signs: readonly Sign[]): number[] {
  const [first = 0, ...rest] = numbers;
  const totals: number[] = [];
  rest.reduce((total, number, i) => {
    const next = add(total, signs[i]!, number);
    totals.push(next);
    return next;
  }, first);
  return totals;
}

export const resultOf = ({ totals }: Expression): number => totals.at(-1)!;

/** `3+10+1`. */
export function expressionText({ numbers, signs }: Expression): string {
  return numbers.map((number, i) => `${signs[i - 1] ?? ''}${number}`).join('');
}

/** The steps as a completion thinks them: `3+10=13+1=14`; `totals` may be other than the right ones. */
export function expressionSteps({ numbers, signs, totals }: Expression): string {
  const steps = signs.map((sign, i) => `${sign}${numbers[i + 1]!}=${totals[i]!}`);
  return `${numbers[0]!}${steps.join('')}`;
}

/** Every expression a gold answer may use: no total below 0, the result 1..60. */
export function expressions(numbers: readonly number[]): Expression[] {
  const signings = numbers
    .slice(1)
    .reduce<Sign[][]>(
      (partial) => partial.flatMap((signs) => SIGNS.map((sign) => [...signs, sign])),
      [[]],
    );
  return orders(numbers)
    .flatMap((order) =>
      signings.map((signs) => ({ numbers: order, signs, totals: totalsOf(order, signs) })),
    )
    .filter((one) => {
      const result = resultOf(one);
      return one.totals.every((total) => total >= 0) && result >= 1 && result <= LARGEST_TARGET;
    });
}

function example(draw: Draw, heldOut: boolean, level: number = standardLevel): CountdownExample {
  return firstFit(() => {
    const shown = Array.from({ length: COUNTS[level - 1]! }, () => 1 + draw(LARGEST_NUMBER));
    const numbers = ascending(shown);
    const valid = expressions(numbers);
    if (valid.length === 0) return null;
    const target = pick(draw, [...new Set(valid.map(resultOf))]);
    if (isHeldOut(`${numbers.join()}:${target}`, HELD_OUT_ONE_IN) !== heldOut) return null;
    const hit = pick(
      draw,
      valid.filter((one) => resultOf(one) === target),
    );
    const answer = expressionText(hit);
    const prompt = `C${shown.join()}:${target}|`;
    return { prompt, answer, gold: `<${expressionSteps(hit)}>${answer}`, numbers, target };
  });
}

/** What the answer comes to when it uses exactly the given numbers, written plainly; else null. */
function value(scored: Scored<CountdownExample>): number | null {
  const answer = strictAnswer(scored) ?? '';
  if (!/^[1-9]\d*([+-][1-9]\d*)+$/.test(answer)) return null;
  const numbers = answer.split(/[+-]/).map(Number);
  if (ascending(numbers).join() !== ascending(scored.example.numbers).join()) return null;
  return totalsOf(numbers, answer.match(/[+-]/g) as Sign[]).at(-1)!;
}

const isCorrect = (scored: Scored<CountdownExample>): boolean =>
  value(scored) === scored.example.target;

/** Some sum in the completion is said to give the target. The proxy, not the task. */
const showsTarget = ({ completion, example }: Scored<CountdownExample>): boolean =>
  new RegExp(`=${example.target}(?!\\d)`).test(completion);

export const countdown: Task<CountdownExample> = {
  id: 'countdown',
  title: 'Countdown',
  summary: 'Reach the target with the given numbers, each used once, by adding and subtracting.',
  reading:
    'C = the task, numbers : target, | = now the model writes, < > = its working, then the sum, ⏎ = end.',
  lesson:
    'Many answers are right and no single label is: a reward can check any of them, a label shows one. Imitating 64 answers or even 64 worked chains adds little here; rewards for the same prompts more than double pass@1.',
  levels: [
    { label: 'easy', meaning: 'Two numbers.' },
    { label: 'standard', meaning: 'Three numbers.' },
    { label: 'hard', meaning: 'Four numbers; allow 96 tokens a completion.' },
  ],
  thinks: true,
  hasChains: true,
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
  proxy: {
    name: 'target_shown',
    meaning: 'The work arrives at the target: “=” and the target stand somewhere in it.',
    weight: 1,
    hole: 'Nobody looks at the answer: the policy goes on listing sums until one hits or the tokens run out. In 100 steps the proxy went from 0.28 to 0.76 while right answers fell from 25 to 3 %.',
    score: (scored) => Number(showsTarget(scored)),
  },
  isCorrect,
  parts,
};
