/** Every completion the prototype scored gets the same reward from our tasks. */
import { describe, expect, test } from 'vitest';
import { adjudication } from '../../src/tasks/adjudication.ts';
import { calculatorChain } from '../../src/tasks/calculatorChain.ts';
import { countdown } from '../../src/tasks/countdown.ts';
import type { Example, Scored, Task } from '../../src/tasks/task.ts';
import fixture from './fixtures/rewards.json';

const cases: { letter: string; task: Task; rows: number }[] = [
  { letter: 'A', task: calculatorChain, rows: 240 },
  { letter: 'C', task: countdown, rows: 264 },
  { letter: 'J', task: adjudication, rows: 204 },
];

const total = (task: Task, scored: Scored): number =>
  task.rewards.reduce((sum, one) => sum + one.weight * (one.score(scored) ?? 0), 0);

describe.each(cases)('task $letter', ({ letter, task, rows }) => {
  const given = fixture.rows.filter((row) => row.task === letter);

  test('scores every row of the fixture as the prototype did', () => {
    expect(given).toHaveLength(rows);
    for (const { example, completion, ended, reward, correct } of given) {
      const scored = {
        example: { answer: '', gold: '', ...example } as Example,
        completion,
        ended,
      };
      const what = `${example.prompt} ${completion} ended=${ended}`;
      expect(Math.abs(total(task, scored) - reward), what).toBeLessThan(1e-9);
      expect(task.isCorrect(scored), what).toBe(correct);
    }
  });

  test('has weights that add up to 1', () => {
    const sum = task.rewards.reduce((all, { weight }) => all + weight, 0);
    expect(sum).toBeCloseTo(1, 12);
  });
});

const chain = { prompt: 'A5*4-7-3-7|', answer: '3', gold: '' };
const three = { prompt: 'C2,3,8:3|', answer: '', gold: '', numbers: [2, 3, 8], target: 3 };
const zero = { prompt: 'C2,3,8:7|', answer: '', gold: '', numbers: [2, 3, 8], target: 7 };
const facts = { charge: 'dui', level: 'M' as const, year: 6, decision: 'clear' };
const line = { prompt: "Jdui M '06|", answer: '', gold: '', ...facts };

const refused: [why: string, task: Task, example: Example, completion: string][] = [
  ['an empty answer', calculatorChain, chain, '<>'],
  ['unclosed thinking', calculatorChain, chain, '<5*4=20'],
  ['text after the answer', calculatorChain, chain, '<>3;'],
  ['text before the thinking', calculatorChain, chain, '3<>3'],
  ['a line break after the answer', calculatorChain, chain, '<>3\n'],
  ['a sum that comes to the answer', calculatorChain, chain, '<>1+2'],
  ['digits of another script', calculatorChain, chain, '<>٣'],
  ['a power', countdown, three, '<>2**3'],
  ['a product', countdown, three, '<>2*3-8'],
  ['a comment', countdown, zero, '<>2-3+8//'],
  ['reused numbers', countdown, { ...three, target: 1 } as Example, '<>3-2-0'],
  ['a number used twice', countdown, three, '<>3+2-2'],
  ['leading zeros', countdown, zero, '<>02-3+8'],
  ['a leading sign', countdown, zero, '<>+2-3+8'],
  ['an empty expression', countdown, three, '<>'],
  ['a record in another order', adjudication, line, '<>{d:clear,c:dui,l:M,y:06}'],
  ['two records', adjudication, line, '<>{c:dui,l:M,y:06,d:clear},{c:dui,l:M,y:06,d:clear}'],
  ['an empty record', adjudication, line, '<>{}'],
  ['empty values', adjudication, line, '<>{c:,l:,y:,d:}'],
  ['one empty value', adjudication, line, '<>{c:,l:M,y:06,d:clear}'],
];

test.each(refused)('%s never pays (%#)', (_, task, example, completion) => {
  expect(total(task, { example, completion, ended: true })).toBe(0);
});

test('a leading zero is well formed, as in the prototype, but never right', () => {
  const scored = { example: chain, completion: '<>03', ended: true };
  expect(total(calculatorChain, scored)).toBeCloseTo(0.1, 12);
  expect(calculatorChain.isCorrect(scored)).toBe(false);
});

test('a completion cut at the length limit gets nothing', () => {
  const scored = { example: chain, completion: '<>3', ended: false };
  expect(total(calculatorChain, scored)).toBe(0);
  expect(total(calculatorChain, { ...scored, ended: true })).toBeCloseTo(1, 12);
});
