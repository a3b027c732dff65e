/**
 * Reversal: `Tabc|` asks for `cba`, the letters in reverse and nothing else. There is no
 * thinking: the completion is the bare answer. Small and fast enough to be learnt by an untrained
 * policy, but only with partial credit: a reward for whole answers alone finds no two completions
 * that differ, and a group without spread teaches nothing.
 *
 * A prompt is held out by its own text (split.ts), one in four.
 */
import { firstFit, pick } from './chance.ts';
import { isHeldOut } from './split.ts';
import { standardLevel, type Draw, type Example, type Scored, type Task } from './task.ts';

const LETTERS = Array.from('abcdef');
/** Letters of each level. */
const LENGTHS = [2, 3, 4] as const;
const HELD_OUT_ONE_IN = 4;

function example(draw: Draw, heldOut: boolean, level: number = standardLevel): Example {
  return firstFit(() => {
    const letters = Array.from({ length: LENGTHS[level - 1]! }, () => pick(draw, LETTERS));
    const prompt = `T${letters.join('')}|`;
    if (isHeldOut(prompt, HELD_OUT_ONE_IN) !== heldOut) return null;
    const answer = letters.toReversed().join('');
    return { prompt, answer, gold: answer };
  });
}

const isCorrect = ({ example: { answer }, completion, ended }: Scored): boolean =>
  ended && completion === answer;

/** Share of places that are right, the end in its place being one of them. */
function placesRight({ example: { answer }, completion, ended }: Scored): number {
  const right = Array.from(answer).filter((letter, i) => completion[i] === letter).length;
  const endsInPlace = ended && completion.length === answer.length;
  return (right + Number(endsInPlace)) / (answer.length + 1);
}

/** Share of the answer's letters that stand anywhere in the completion. The proxy, not the task. */
const lettersThere = ({ example: { answer }, completion }: Scored): number =>
  Array.from(answer).filter((letter) => completion.includes(letter)).length / answer.length;

export const reversal: Task = {
  id: 'reversal',
  title: 'Reversal',
  summary: 'Write the letters in reverse and nothing else.',
  reading: 'T = the task, | = now the model writes the letters in reverse, ⏎ = end.',
  lesson:
    'Partial credit makes completions of one prompt differ, and differences are all there is to learn from. Pay whole answers only (weights 0 and 1) and every group comes out without spread. Labels, where there are any, are faster still.',
  levels: [
    { label: 'easy', meaning: 'Two letters.' },
    { label: 'standard', meaning: 'Three letters.' },
    { label: 'hard', meaning: 'Four letters; allow 5 tokens a completion and more steps.' },
  ],
  thinks: false,
  hasChains: false,
  example,
  rewards: [
    {
      name: 'places',
      meaning: 'Share of places with the right letter, the end counted as one.',
      weight: 1,
      score: placesRight,
    },
    {
      name: 'exact',
      meaning: 'The whole answer is right and nothing follows it.',
      weight: 0,
      score: (scored) => Number(isCorrect(scored)),
    },
  ],
  proxy: {
    name: 'letters_there',
    meaning: 'Share of the letters of the right answer that are there.',
    weight: 1,
    hole: 'Neither order nor end is looked at: the policy writes the letters as they come and never stops. In 300 steps the proxy went from 0.07 to 0.96 while right answers stayed at 0 %.',
    score: lettersThere,
  },
  isCorrect,
  parts: (completion) => ({ thinking: '', answer: completion }),
};
