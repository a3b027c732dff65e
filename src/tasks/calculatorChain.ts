/**
 * Calculator chain: `A7+4+2-3-6+5|`, evaluated strictly from left to right.
 * A gold completion spells every step: `<7+4=11,11+2=13,13-3=10,10-6=4,4+5=9>9`.
 *
 * Every running total is in 0..99. A prompt is held out by its own text (split.ts), one in
 * sixteen. The answer is compared as text and never evaluated.
 */
import { firstFit, pick } from './chance.ts';
import { isHeldOut } from './split.ts';
import { standardLevel, type Draw, type Example, type Scored, type Task } from './task.ts';
import { parts, strictAnswer } from './thinking.ts';

type Operator = '+' | '-' | '*';

/** One operation of a chain: what is done to the running total. */
export interface Operation {
  operator: Operator;
  operand: number;
}

const LARGEST = 99;
const OPERATORS: readonly Operator[] = ['+', '-', '*'];
const HELD_OUT_ONE_IN = 16;

/** `total` after one operation. */
export function apply(total: number, { operator, operand }: Operation): number {
  if (operator === '+') return total + operand;
  return operator === '-' ? total - operand : total * operand;
}

/** True for a running total that may occur: 0..99. */
export function inRange(total: number): boolean {
  return total >= 0 && total <= LARGEST;
}

/** Start and operations of a prompt of this task. */
export function parsePrompt(prompt: string): { start: number; operations: Operation[] } {
  const operations = [...prompt.matchAll(/([-+*])(\d)/g)].map(([, operator, operand]) => ({
    operator: operator as Operator,
    operand: Number(operand),
  }));
  return { start: Number(prompt[1]), operations };
}

function drawOperation(draw: Draw): Operation {
  const operator = pick(draw, OPERATORS);
  return { operator, operand: operator === '*' ? 2 + draw(8) : 1 + draw(9) };
}

/** One chain of `length` operations, or null when a running total leaves 0..99. */
function drawChain(draw: Draw, length: number): Example | null {
  const start = 1 + draw(9);
  const operations = Array.from({ length }, () => drawOperation(draw));
  const steps: string[] = [];
  let total = start;
  for (const operation of operations) {
    const next = apply(total, operation);
    if (!inRange(next)) return null;
    steps.push(`${total}${operation.operator}${operation.operand}=${next}`);
    total = next;
  }
  const sum = operations.map(({ operator, operand }) => `${operator}${operand}`).join('');
  const answer = String(total);
  return { prompt: `A${start}${sum}|`, answer, gold: `<${steps.join(',')}>${answer}` };
}

/** Fewest operations of each level; half the chains have one more. */
const FEWEST_OPERATIONS = [2, 4, 6] as const;

function example(draw: Draw, heldOut: boolean, level: number = standardLevel): Example {
  const length = FEWEST_OPERATIONS[level - 1]! + draw(2);
  return firstFit(() => {
    const drawn = drawChain(draw, length);
    return drawn && isHeldOut(drawn.prompt, HELD_OUT_ONE_IN) === heldOut ? drawn : null;
  });
}

/** The answer when it is well formed: one or two digits. */
function numberIn(scored: Scored): string | null {
  const answer = strictAnswer(scored);
  return answer !== null && /^\d{1,2}$/.test(answer) ? answer : null;
}

/** Share of the written steps `a+b=c` that are true; 0 without any. The proxy, not the task. */
function trueSteps({ completion }: Scored): number {
  const steps = Array.from(
    completion.matchAll(/(\d+)([-+*])(\d+)=(\d+)/g),
    ([, total, operator, operand, result]) =>
      apply(Number(total), { operator: operator as Operator, operand: Number(operand) }) ===
      Number(result),
  );
  return steps.length === 0 ? 0 : steps.filter(Boolean).length / steps.length;
}

/** Text against text, so that `04` is not 4. */
const isCorrect = (scored: Scored): boolean => numberIn(scored) === scored.example.answer;

export const calculatorChain: Task = {
  id: 'calculatorChain',
  title: 'Calculator chain',
  summary:
    'Work out a chain of operations from left to right. Easy one step at a time, hard at a glance.',
  reading: 'A = the task, | = now the model writes, < > = its working, then the answer, ⏎ = end.',
  lesson:
    'Reasoning emerges from rewards for the answer alone: nobody shows the policy a single step. Imitating the same 64 answers teaches it nothing of the kind (4 % against 97 %); imitating 64 worked chains does, as well as rewards.',
  levels: [
    { label: 'easy', meaning: 'Two or three operations.' },
    { label: 'standard', meaning: 'Four or five operations.' },
    { label: 'hard', meaning: 'Six or seven operations; allow 72 tokens a completion.' },
  ],
  thinks: true,
  hasChains: true,
  example,
  rewards: [
    {
      name: 'correct',
      meaning: 'The completion is well formed and its answer is the right number.',
      weight: 0.9,
      score: (scored) => Number(isCorrect(scored)),
    },
    {
      name: 'format',
      meaning:
        'The completion ended by itself and reads <thinking>answer, the answer 1 or 2 digits.',
      weight: 0.1,
      score: (scored) => Number(numberIn(scored) !== null),
    },
  ],
  proxy: {
    name: 'true_steps',
    meaning: 'Share of the written steps that are true: a verifier of the reasoning.',
    weight: 1,
    hole: 'One true step is enough, and nobody looks at the answer: the policy does a step or two and writes any number. In 60 steps the proxy went from 0.30 to 0.99 while right answers fell from 8 to 3 %.',
    score: trueSteps,
  },
  isCorrect,
  parts,
};
