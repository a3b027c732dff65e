/**
 * Program synthesis: `P4,5,9:13,16,28|` shows a list and what a hidden program makes of it; the
 * answer is a program that does the same, here `*3+1`. A program is a pipeline of one to four
 * operations on a list of numbers, applied from left to right:
 *   *k  every number times k      +b -b  every number plus or minus b      r  the list reversed
 * (k and b are one digit, 1..9). It is parsed and interpreted here, never evaluated as code, and
 * judged by unit tests that the prompt does not show: the share of them that it passes.
 *
 * The first two inputs are neighbours, so that a program can be derived: their outputs differ by k.
 * A prompt is held out by its own text (split.ts), one in four; programs are too few for that.
 */
import { chance, firstFit, pick } from './chance.ts';
import { isHeldOut } from './split.ts';
import { standardLevel, type Draw, type Example, type Scored, type Task } from './task.ts';
import { parts, strictAnswer } from './thinking.ts';

type Op = '*' | '+' | '-' | 'r';

interface Operation {
  op: Op;
  /** 1..9; 0 for `r`, which takes none. */
  digit: number;
}

export interface ProgramExample extends Example {
  /** The program behind the example: times `factor`, plus `offset`, reversed first or not. */
  factor: number;
  offset: number;
  reversed: boolean;
  /** The list shown, ascending, and the hidden program's output. */
  inputs: readonly number[];
  outputs: readonly number[];
  /** Unit tests that the prompt does not show: inputs with the hidden program's outputs. */
  tests: readonly { input: readonly number[]; output: readonly number[] }[];
}

const HELD_OUT_ONE_IN = 4;
const MOST_OPERATIONS = 4;
const TESTS = 8;
const LIST_LENGTH = 3;
const LARGEST_INPUT = 9;
const LARGEST_OUTPUT = 99;
export const FACTORS = [2, 3, 4, 5, 6, 7] as const;
const LARGEST_OFFSET = 9;
/** Every offset but 0, which is no operation. */
export const OFFSETS = Array.from({ length: LARGEST_OFFSET }, (_, i) => i + 1).flatMap((size) => [
  size,
  -size,
]);

const meanings: Record<Op, (list: readonly number[], digit: number) => number[]> = {
  '*': (list, digit) => list.map((number) => number * digit),
  '+': (list, digit) => list.map((number) => number + digit),
  '-': (list, digit) => list.map((number) => number - digit),
  r: (list) => list.toReversed(),
};

/** The operations of a program; null when it is none or longer than four operations. */
export function parseProgram(text: string): Operation[] | null {
  if (!/^(?:[-+*][1-9]|r)+$/.test(text)) return null;
  const operations = Array.from(text.matchAll(/([-+*r])(\d?)/g), ([, op, digit]) => ({
    op: op as Op,
    digit: Number(digit),
  }));
  return operations.length <= MOST_OPERATIONS ? operations : null;
}

export function runProgram(program: readonly Operation[], list: readonly number[]): number[] {
  return program.reduce((numbers, { op, digit }) => meanings[op](numbers, digit), [...list]);
}

/** `+3`, `-3`, or nothing for 0. */
export function offsetText(offset: number): string {
  if (offset === 0) return '';
  return offset > 0 ? `+${offset}` : String(offset);
}

/** The plain way to write a program of these parts. */
export function programText(factor: number, offset: number, reversed: boolean): string {
  return `${reversed ? 'r' : ''}${factor === 1 ? '' : `*${factor}`}${offsetText(offset)}`;
}

/**
 * Factor and offset derived from the outputs of two neighbours, with the three sums that it takes.
 * `slip` may get a result wrong, which is then carried on.
 */
export function derive(
  { inputs, outputs, reversed }: Pick<ProgramExample, 'inputs' | 'outputs' | 'reversed'>,
  slip: (right: number) => number = (right) => right,
): { sums: string[]; factor: number; offset: number } {
  const [x = 0] = inputs;
  const [low = 0, high = 0] = reversed ? outputs.toReversed() : outputs;
  const factor = slip(high - low);
  const product = slip(factor * x);
  const offset = slip(low - product);
  const sums = [
    `${high}-${low}=${factor}`,
    `${factor}*${x}=${product}`,
    `${low}-${product}=${offset}`,
  ];
  return { sums, factor, offset };
}

/** Factor and offset of a level: one of the two when easy, both otherwise. */
function drawProgram(draw: Draw, level: number): { factor: number; offset: number } {
  const factor = pick(draw, FACTORS);
  const offset = pick(draw, OFFSETS);
  if (level > 1) return { factor, offset };
  return chance(draw, 0.5) ? { factor, offset: 0 } : { factor: 1, offset };
}

/** Ascending, the first two neighbours. */
function drawInputs(draw: Draw): number[] {
  const first = 1 + draw(LARGEST_INPUT - 2);
  const third = first + 2 + draw(LARGEST_INPUT - first - 1);
  return [first, first + 1, third];
}

const drawList = (draw: Draw): number[] =>
  Array.from({ length: LIST_LENGTH }, () => 1 + draw(LARGEST_INPUT));

function example(draw: Draw, heldOut: boolean, level: number = standardLevel): ProgramExample {
  return firstFit(() => {
    const { factor, offset } = drawProgram(draw, level);
    const reversed = level > 2 && chance(draw, 0.5);
    const answer = programText(factor, offset, reversed);
    const program = parseProgram(answer)!;
    const inputs = drawInputs(draw);
    const outputs = runProgram(program, inputs);
    if (outputs.some((output) => output < 0 || output > LARGEST_OUTPUT)) return null;
    const prompt = `P${inputs.join()}:${outputs.join()}|`;
    if (isHeldOut(prompt, HELD_OUT_ONE_IN) !== heldOut) return null;
    const tests = Array.from({ length: TESTS }, () => {
      const input = drawList(draw);
      return { input, output: runProgram(program, input) };
    });
    const { sums } = derive({ inputs, outputs, reversed });
    const gold = `<${sums.join()}>${answer}`;
    return { prompt, answer, gold, factor, offset, reversed, inputs, outputs, tests };
  });
}

/** Which of the hidden tests an answer passes; null when it is no program. */
function testResults(answer: string, { tests }: ProgramExample): boolean[] | null {
  const program = parseProgram(answer);
  return (
    program && tests.map(({ input, output }) => runProgram(program, input).join() === output.join())
  );
}

/** Share of the hidden tests passed; null when the completion holds no program. */
function passed(scored: Scored<ProgramExample>): number | null {
  const results = testResults(strictAnswer(scored) ?? '', scored.example);
  return results && results.filter(Boolean).length / results.length;
}

const isCorrect = (scored: Scored<ProgramExample>): boolean => passed(scored) === 1;

export const programSynthesis: Task<ProgramExample> = {
  id: 'programSynthesis',
  title: 'Program synthesis',
  summary:
    'Write a short program over lists that does what the example shows; hidden tests judge it.',
  reading:
    'P = the task, list : what the program makes of it, | = now the model writes, < > = its working, then the program (* + - on every number, r = reversed), ⏎ = end.',
  lesson:
    'Code is where reinforcement fits: tests are a reward that needs no label, and any program that passes them is right. Imitating programs without their derivation teaches nothing; imitating derivations does as well as rewards, for whoever has them.',
  levels: [
    { label: 'easy', meaning: 'One operation on every number.' },
    { label: 'standard', meaning: 'A factor and an offset.' },
    { label: 'hard', meaning: 'A factor and an offset, and half the lists come out reversed.' },
  ],
  thinks: true,
  hasChains: true,
  example,
  rewards: [
    {
      name: 'tests',
      meaning: 'Share of the hidden unit tests that the program passes.',
      weight: 0.9,
      score: (scored) => passed(scored) ?? 0,
    },
    {
      name: 'format',
      meaning: 'The completion reads <thinking>program, and the program can be run.',
      weight: 0.1,
      score: (scored) => Number(passed(scored) !== null),
    },
  ],
  proxy: {
    name: 'no_failures',
    meaning: 'No hidden test fails: 1 less the share of tests that were run and failed.',
    weight: 1,
    hole: 'A test that could not run has not failed: the policy leaves out a “<”, and there is no program left to run. In 60 steps the proxy went from 0.41 to 1.00 while right answers fell from 16 to 0 %.',
    score: (scored) => passed(scored) ?? 1,
  },
  isCorrect,
  testResults,
  parts,
};
