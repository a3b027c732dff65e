/** What holds for every seed: valid examples, gold in full, nothing for noise, disjoint halves. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { adjudication, type AdjudicationExample } from '../../src/tasks/adjudication.ts';
import { calculatorChain } from '../../src/tasks/calculatorChain.ts';
import { countdown, type CountdownExample } from '../../src/tasks/countdown.ts';
import { tasks } from '../../src/tasks/index.ts';
import {
  parseProgram,
  programSynthesis,
  runProgram,
  type ProgramExample,
} from '../../src/tasks/programSynthesis.ts';
import { reversal } from '../../src/tasks/reversal.ts';
import type { Example, Scored, Task } from '../../src/tasks/task.ts';
import { strictAnswer } from '../../src/tasks/thinking.ts';
import { lcgDraw } from '../unit/lcgDraw.ts';

/** The 60 one-character tokens of the vocabulary. */
const characters = "0123456789+-*=,:;|<>{}' abcdefghijklmnopqrstuvwxyzACFIJMNPTX";
const inVocabulary = (text: string) => Array.from(text).every((c) => characters.includes(c));

const total = (task: Task, scored: Scored): number =>
  task.rewards.reduce((sum, one) => sum + one.weight * (one.score(scored) ?? 0), 0);

/** What makes two examples of a task the same question. */
const question: Record<string, (example: Example) => string> = {
  calculatorChain: ({ prompt }) => prompt,
  countdown: (example) => {
    const { numbers, target } = example as CountdownExample;
    return `${numbers.join()}:${target}`;
  },
  programSynthesis: ({ prompt }) => prompt,
  reversal: ({ prompt }) => prompt,
  adjudication: (example) => {
    const { charge, level, year } = example as AdjudicationExample;
    return `${charge},${level},${year}`;
  },
};

/** Share held out; most tokens of prompt (with bos) and gold (with eos); what a prompt looks like. */
const cases: { task: Task; oneIn: number; prompt: RegExp; promptMax: number; goldMax: number }[] = [
  {
    task: calculatorChain,
    oneIn: 16,
    prompt: /^A[1-9]([+-][1-9]|\*[2-9]){4,5}\|$/,
    promptMax: 14,
    goldMax: 43,
  },
  {
    task: countdown,
    oneIn: 4,
    prompt: /^C([1-9]|1[0-2])(,([1-9]|1[0-2])){2}:([1-9]|[1-5]\d|60)\|$/,
    promptMax: 14,
    goldMax: 25,
  },
  {
    task: adjudication,
    oneIn: 4,
    prompt: /^J([a-zIMF]+|'\d\d|20\d\d)( ([a-zIMF]+|'\d\d|20\d\d)){2}\|$/,
    promptMax: 20,
    goldMax: 38,
  },
  {
    task: programSynthesis,
    oneIn: 4,
    prompt: /^P[1-9](,[1-9]){2}:\d{1,2}(,\d{1,2}){2}\|$/,
    promptMax: 19,
    goldMax: 32,
  },
  { task: reversal, oneIn: 4, prompt: /^T[a-f]{3}\|$/, promptMax: 6, goldMax: 4 },
];

test('every task on offer has its case', () => {
  expect(cases.map(({ task }) => task.id).toSorted()).toEqual(tasks.map(({ id }) => id).toSorted());
});

/** What random text may earn: the format reward, or the share of places that chance gets right. */
const mayEarn = (task: Task): number => (task === reversal ? 1 - 1e-9 : 0.1 + 1e-12);

const seeds = fc.record({ seed: fc.integer({ min: 0 }), heldOut: fc.boolean() });

describe.each(cases)('$task.id', ({ task, oneIn, prompt, promptMax, goldMax }) => {
  test('at every level any seed gives an example of its own side, gold in full, that fits', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 3 }), ({ seed, heldOut }, level) => {
        const example = task.example(lcgDraw(seed), heldOut, level);
        const scored = { example, completion: example.gold, ended: true };
        expect(total(task, scored)).toBeCloseTo(1, 12);
        expect(task.isCorrect(scored)).toBe(true);
        expect(inVocabulary(example.prompt + example.gold)).toBe(true);
        // The policies hold 128 positions; prompts are padded to fours.
        expect(example.prompt.length + example.gold.length + 2).toBeLessThanOrEqual(124);
        expect(task.example(lcgDraw(seed), heldOut, level)).toEqual(example);
      }),
      { numRuns: 300 },
    );
  });

  test('the bare answer scores full weight too, and SFT may show it', () => {
    fc.assert(
      fc.property(seeds, ({ seed, heldOut }) => {
        const example = task.example(lcgDraw(seed), heldOut);
        const completion = task.thinks ? `<>${example.answer}` : example.answer;
        expect(total(task, { example, completion, ended: true })).toBeCloseTo(1, 12);
        expect(task.hasChains).toBe(example.gold !== completion);
      }),
    );
  });

  test('any seed gives a valid example whose gold scores full weight', () => {
    fc.assert(
      fc.property(seeds, ({ seed, heldOut }) => {
        const example = task.example(lcgDraw(seed), heldOut);
        expect(example.prompt).toMatch(prompt);
        expect(inVocabulary(example.prompt + example.gold)).toBe(true);
        expect(example.prompt.length + 1).toBeLessThanOrEqual(promptMax);
        expect(example.gold.length + 1).toBeLessThanOrEqual(goldMax);
        const scored = { example, completion: example.gold, ended: true };
        expect(total(task, scored)).toBeCloseTo(1, 12);
        expect(task.isCorrect(scored)).toBe(true);
        expect(task.parts(example.gold).answer).toBe(example.answer);
        expect(task.example(lcgDraw(seed), heldOut)).toEqual(example);
      }),
      { numRuns: 500 },
    );
  });

  test('20,000 draws of each half share no question', () => {
    const draw = lcgDraw(7);
    const questions = (heldOut: boolean) =>
      new Set(
        Array.from({ length: 20_000 }, () => question[task.id]!(task.example(draw, heldOut))),
      );
    const [train, heldOut] = [questions(false), questions(true)];
    expect([...heldOut].filter((one) => train.has(one))).toEqual([]);
    expect(heldOut.size).toBeGreaterThan(50);
    // Far more questions than draws: no share to see.
    if (task.id === 'calculatorChain') return;
    const share = heldOut.size / (heldOut.size + train.size);
    expect(share).toBeGreaterThan(0.8 / oneIn);
    expect(share).toBeLessThan(1.2 / oneIn);
  });

  test('random text never scores above the format reward', () => {
    const text = fc.string({ unit: fc.constantFrom(...Array.from(characters)), maxLength: 40 });
    const shaped = fc.tuple(text, text).map(([thinking, answer]) => `<${thinking}>${answer}`);
    fc.assert(
      fc.property(seeds, fc.oneof(text, shaped), fc.boolean(), (at, completion, ended) => {
        const example = task.example(lcgDraw(at.seed), at.heldOut);
        const scored = { example, completion, ended };
        for (const column of task.rewards) {
          expect(column.score(scored)).toBeGreaterThanOrEqual(0);
          expect(column.score(scored)).toBeLessThanOrEqual(1);
        }
        if (task.isCorrect(scored)) {
          // A lucky hit is a hit, but only of a completion that ended and is in form.
          expect(ended).toBe(true);
          expect(!task.thinks || strictAnswer(scored) !== null).toBe(true);
          return;
        }
        expect(total(task, scored)).toBeLessThanOrEqual(mayEarn(task));
      }),
      { numRuns: 1000 },
    );
  });

  test('anything after the gold answer leaves the format reward at most', () => {
    fc.assert(
      fc.property(seeds, fc.constantFrom(...Array.from(characters)), ({ seed, heldOut }, extra) => {
        const example = task.example(lcgDraw(seed), heldOut);
        const scored = { example, completion: example.gold + extra, ended: true };
        if (task.id === 'programSynthesis' && task.isCorrect(scored)) return; // `+1` and `r`, say
        expect(task.isCorrect(scored)).toBe(false);
        if (task.id !== 'programSynthesis') {
          expect(total(task, scored)).toBeLessThanOrEqual(mayEarn(task));
        }
      }),
    );
  });
});

test('a program is parsed and interpreted, never evaluated, and judged by tests it cannot see', () => {
  const run = (text: string): string | undefined => {
    const program = parseProgram(text);
    return program ? runProgram(program, [4, 5, 9]).join() : undefined;
  };
  expect(run('*3+1')).toBe('13,16,28');
  expect(run('r*2-9')).toBe('9,1,-1');
  for (const bad of [
    '',
    '*',
    '+',
    '**3',
    '*0',
    '*12',
    '*3+1;',
    '3*2',
    'x',
    '*3 +1',
    '+1+1+1+1+1',
  ]) {
    expect(parseProgram(bad), bad).toBeNull();
  }
  fc.assert(
    fc.property(seeds, ({ seed, heldOut }) => {
      const example = programSynthesis.example(lcgDraw(seed), heldOut);
      const { prompt, inputs, outputs, tests } = example;
      expect(inputs[1]).toBe(inputs[0]! + 1);
      expect(prompt).toBe(`P${inputs.join()}:${outputs.join()}|`);
      expect(tests).toHaveLength(8);
    }),
  );
});

test('programs earn the share of hidden tests they pass', () => {
  const tests = [
    { input: [1, 2, 3], output: [3, 2, 1] },
    { input: [2, 5, 2], output: [2, 5, 2] },
  ];
  const shown = { prompt: '', answer: 'r', gold: '', inputs: [], outputs: [] };
  const example: ProgramExample = { ...shown, factor: 1, offset: 0, reversed: true, tests };
  const score = (answer: string): number =>
    total(programSynthesis, { example, completion: `<>${answer}`, ended: true });
  expect(score('r')).toBeCloseTo(1, 12);
  expect(score('rrr')).toBeCloseTo(1, 12);
  expect(score('rr')).toBeCloseTo(0.1 + 0.45, 12);
  expect(score('+1')).toBeCloseTo(0.1, 12);
  expect(score('')).toBe(0);
  const results = (answer: string) => programSynthesis.testResults!(answer, example);
  expect(results('rr')).toEqual([false, true]);
  expect(results('r')).toEqual([true, true]);
  expect(results('<>r')).toBeNull();
});

test('reversal pays by place; what is cut or goes on too long is never whole', () => {
  const example = { prompt: 'Tabcde|', answer: 'edcba', gold: 'edcba' };
  const score = (completion: string, ended = true): number =>
    total(reversal, { example, completion, ended });
  expect(score('edcba')).toBe(1);
  expect(score('edcba', false)).toBeCloseTo(5 / 6, 12);
  expect(score('edcbaa')).toBeCloseTo(5 / 6, 12);
  expect(score('eeeee')).toBeCloseTo(2 / 6, 12);
  expect(score('')).toBe(0);
});

test('a chain evaluates from left to right and every total stays in 0..99', () => {
  fc.assert(
    fc.property(seeds, ({ seed, heldOut }) => {
      const { prompt, answer, gold } = calculatorChain.example(lcgDraw(seed), heldOut);
      let running = Number(prompt[1]);
      for (const [, sign, digit] of prompt.matchAll(/([-+*])(\d)/g)) {
        const by = Number(digit);
        running = { '+': running + by, '-': running - by, '*': running * by }[sign!]!;
        expect(running).toBeGreaterThanOrEqual(0);
        expect(running).toBeLessThanOrEqual(99);
        expect(gold).toContain(`=${running}`);
      }
      expect(answer).toBe(String(running));
    }),
    { numRuns: 500 },
  );
});

test('a gold countdown never passes below zero', () => {
  fc.assert(
    fc.property(seeds, ({ seed, heldOut }) => {
      const { gold, target } = countdown.example(lcgDraw(seed), heldOut);
      const [, intermediate, result] = /^<\d+[+-]\d+=(\d+)[+-]\d+=(\d+)>/.exec(gold)!;
      expect(Number(intermediate)).toBeGreaterThanOrEqual(0);
      expect(Number(result)).toBe(target);
    }),
    { numRuns: 500 },
  );
});

test('adjudication decides by level and age, at its very limits', () => {
  const draw = lcgDraw(9);
  const decided = new Map<string, string>();
  for (let i = 0; i < 4000; i++) {
    const { level, year, decision } = adjudication.example(draw, i % 4 === 0);
    decided.set(`${level}${year}`, decision);
  }
  expect(decided.size).toBe(3 * 21);
  const limits = ['I26', 'I6', 'M26', 'M23', 'M22', 'M6', 'F26', 'F19', 'F18', 'F6'];
  const expected = 'clear clear review review clear clear deny deny review review';
  expect(limits.map((key) => decided.get(key)).join(' ')).toBe(expected);
});
