/**
 * The user's own data as a task: every row is a prompt with its answer and perhaps a worked chain.
 * An answer is right when it reads exactly as in the row. A quarter of the rows, drawn by the run's
 * seed and the prompts' text, is held out: the same rows and seed give the same split. What is
 * wrong with a row is said by its number; rows are never mended or dropped in silence.
 */
import { pick } from './chance.ts';
import { heldOutKeys, isHeldOut } from './split.ts';
import type { Example, OwnRow, Scored, Task } from './task.ts';
import { parts, strictAnswer } from './thinking.ts';
import { vocabulary } from './vocabulary.ts';

export interface RowProblem {
  /** Place in the list, from 1. */
  row: number;
  message: string;
}

const HELD_OUT_ONE_IN = 4;
/** Tags that separate thinking and answer; a cell must not hold them. */
const TAGS = new Set(['<', '>']);
const known = new Set(vocabulary.filter((token) => token.length === 1));

const CELLS = ['prompt', 'answer', 'chain'] as const;

/** Characters of a cell that the policies cannot read or that would be taken for tags. */
function unreadable(cell: string): string[] {
  return [...new Set(cell)].filter((character) => !known.has(character) || TAGS.has(character));
}

function cellProblem(cell: string, column: string): string | null {
  const wrong = unreadable(cell);
  if (wrong.length === 0) return null;
  const listed = wrong.slice(0, 8).map((character) => `“${character}”`);
  const verb = wrong.length === 1 ? 'is' : 'are';
  return `${listed.join(' ')} in the ${column} ${verb} not among the characters the policy can read here.`;
}

/** What is wrong, row by row and in order; at most one problem a row. */
export function rowProblems(rows: readonly OwnRow[]): RowProblem[] {
  const first = new Map<string, number>();
  return rows.flatMap((cells, i): RowProblem[] => {
    const [prompt, answer] = cells;
    const earlier = first.get(prompt);
    if (earlier === undefined) first.set(prompt, i + 1);
    const messages = [
      prompt === '' ? 'The prompt is empty.' : null,
      answer === '' ? 'The answer is empty.' : null,
      ...CELLS.map((column, at) => cellProblem(cells[at] ?? '', column)),
      earlier === undefined ? null : `The prompt is the same as in row ${earlier}.`,
    ];
    const message = messages.find((one) => one !== null);
    return message ? [{ row: i + 1, message }] : [];
  });
}

/** The one sentence for the config's field: what keeps these rows from being trained on. */
export function ownDataProblem(
  rows: readonly OwnRow[],
  ownSplit: 'text' | 'seed' = 'seed',
): string | null {
  const problems = rowProblems(rows);
  const [first] = problems;
  if (first) {
    const more = problems.length > 1 ? ` (${problems.length - 1} more rows to mend.)` : '';
    return `Row ${first.row}: ${first.message}${more}`;
  }
  const prompts = rows.map(([prompt]) => prompt);
  const heldOut = heldOutOf(prompts, ownSplit === 'seed' ? 0 : null).size;
  if (heldOut > 0 && heldOut < rows.length) return null;
  return rows.length === 0
    ? 'Add rows: paste or drop a table of prompts and answers.'
    : 'Add rows: both the training part and the held-out quarter need at least one.';
}

function exampleOf([prompt, answer, chain = '']: OwnRow): Example {
  return { prompt, answer, gold: `<${chain}>${answer}` };
}

const isCorrect = (scored: Scored): boolean => strictAnswer(scored) === scored.example.answer;

/**
 * The prompts that are never trained on: drawn by the seed; or, as it was at first and stays for
 * runs and links of that time, by each prompt's text alone.
 */
function heldOutOf(prompts: readonly string[], seed: number | null): Set<string> {
  if (seed !== null) return heldOutKeys(prompts, seed, HELD_OUT_ONE_IN);
  return new Set(prompts.filter((prompt) => isHeldOut(prompt, HELD_OUT_ONE_IN)));
}

/**
 * The task over these rows, split by the seed of the run (null: by their text). `example` throws
 * when that side of the split is empty.
 */
export function ownTask(rows: readonly OwnRow[], seed: number | null): Task {
  const prompts = rows.map(([prompt]) => prompt);
  const heldOutPrompts = heldOutOf(prompts, seed);
  const pool = (heldOut: boolean): Example[] =>
    rows.filter(([prompt]) => heldOutPrompts.has(prompt) === heldOut).map(exampleOf);
  return {
    id: 'own',
    title: 'Your own data',
    summary: 'Answer your own prompts; an answer is right when it reads exactly as in your table.',
    reading: 'Your prompt, then the model writes: < > = its working, then the answer, ⏎ = end.',
    lesson:
      'A base policy of this size has only seen its own small worlds: reinforcement can sharpen what it now and then gets right, and cannot conjure up what it never does.',
    levels: [
      { label: 'as given', meaning: 'The rows as they are.' },
      { label: 'as given', meaning: 'The rows as they are.' },
      { label: 'as given', meaning: 'The rows as they are.' },
    ],
    thinks: true,
    hasChains: rows.length > 0 && rows.every(([, , chain = '']) => chain !== ''),
    example: (draw, heldOut) => pick(draw, pool(heldOut)),
    pool,
    rewards: [
      {
        name: 'correct',
        meaning: 'The answer reads exactly as in the table.',
        weight: 0.9,
        score: (scored) => Number(isCorrect(scored)),
      },
      {
        name: 'format',
        meaning: 'The completion ended by itself and reads <thinking>answer.',
        weight: 0.1,
        score: (scored) => Number((strictAnswer(scored) ?? '') !== ''),
      },
    ],
    proxy: {
      name: 'not_wrong',
      meaning: 'No wrong answer: whatever is answered reads exactly as in the table.',
      weight: 1,
      hole: 'What cannot be read is not wrong: the policy drops the tags, and no answer is found. With the example rows of the page the proxy went from 0.54 to 1.00 in 60 steps while right answers fell from 17 to 0 %.',
      score: (scored) => Number(strictAnswer(scored) === null || isCorrect(scored)),
    },
    isCorrect,
    parts,
  };
}
