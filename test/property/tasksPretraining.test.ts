/** The pretraining mixture has the shares of the recipe, measured over many completions. */
import { describe, expect, test } from 'vitest';
import { calculatorChain } from '../../src/tasks/calculatorChain.ts';
import {
  pretrainingCompletion,
  recipeMixture,
} from '../../src/tasks/calculatorChainPretraining.ts';
import type { Example } from '../../src/tasks/task.ts';
import { lcgDraw } from '../unit/lcgDraw.ts';

const COUNT = 20_000;
const clean = { ...recipeMixture, untagged: 0, trailing: 0 };

function sample(seed: number, mixture = recipeMixture): { example: Example; text: string }[] {
  const draw = lcgDraw(seed);
  return Array.from({ length: COUNT }, () => {
    const example = calculatorChain.example(draw, false);
    return { example, text: pretrainingCompletion(example, draw, mixture) };
  });
}

/** Within four standard errors of a share measured over `count`. */
function expectShare(hits: number, count: number, share: number): void {
  const error = 4 * Math.sqrt((share * (1 - share)) / count);
  expect(Math.abs(hits / count - share)).toBeLessThan(error);
}

const stepsOf = (text: string) => [...text.matchAll(/(\d+)([-+*])(\d)=(\d+)/g)];
const answerOf = (text: string) => text.slice(text.indexOf('>') + 1);
const right = ([, left, sign, by, result]: string[]) =>
  Number(result) ===
  {
    '+': Number(left) + Number(by),
    '-': Number(left) - Number(by),
    '*': Number(left) * Number(by),
  }[sign!];

describe('without format noise', () => {
  const all = sample(11, clean);
  const guesses = all.filter(({ text }) => text.startsWith('<>'));
  const length = ({ prompt }: Example) => prompt.match(/[-+*]/g)!.length;
  const careful = all.filter(({ example, text }) => stepsOf(text).length === length(example));
  const lazy = all.filter((one) => !guesses.includes(one) && !careful.includes(one));

  test('35 % guess, 40 % lazy, 25 % careful', () => {
    expectShare(guesses.length, COUNT, 0.35);
    expectShare(lazy.length, COUNT, 0.4);
    expectShare(careful.length, COUNT, 0.25);
  });

  test('guesses are right 35 %, and 30 % anything', () => {
    const hits = guesses.filter(({ example, text }) => answerOf(text) === example.answer);
    expectShare(hits.length, guesses.length, 0.35 + 0.3 / 100);
    const near = guesses.filter(({ example, text }) =>
      [1, 2, 3, 9, 10].includes(Math.abs(Number(answerOf(text)) - Number(example.answer))),
    );
    expect(near.length / guesses.length).toBeGreaterThan(0.35);
    expect(near.length / guesses.length).toBeLessThan(0.35 + 0.3 * 0.1 + 0.03);
  });

  test('lazy ones answer the running total 70 % and stop anywhere', () => {
    const running = lazy.filter(({ text }) => answerOf(text) === stepsOf(text).at(-1)?.[4]);
    expectShare(running.length, lazy.length, 0.7 + 0.3 / 100);
    const ofFive = lazy.filter(({ example }) => length(example) === 5);
    for (const count of [1, 2, 3, 4]) {
      const stopped = ofFive.filter(({ text }) => stepsOf(text).length === count);
      expectShare(stopped.length, ofFive.length, 0.25);
    }
  });

  test('1 % of the steps are wrong', () => {
    const steps = all.flatMap(({ text }) => stepsOf(text));
    expectShare(steps.filter((step) => !right(step)).length, steps.length, 0.01);
  });

  test('half the prompts have four operations', () => {
    expectShare(all.filter(({ example }) => length(example) === 4).length, COUNT, 0.5);
  });
});

test('format noise: 75 % clean, 12.5 % without tags, 12.5 % with junk', () => {
  const all = sample(12).map(({ text }) => text);
  expectShare(all.filter((text) => /^<[^<>]*>\d+$/.test(text)).length, COUNT, 0.75);
  expectShare(all.filter((text) => !text.startsWith('<')).length, COUNT, 0.125);
  expectShare(
    all.filter((text) => /^<[^<>]*>\d+(;|[,>]\d+|= \d+)$/.test(text)).length,
    COUNT,
    0.125,
  );
});

test('the guess-right rate can be lowered alone', () => {
  const guesses = sample(13, { ...clean, guessRight: 0 }).filter(({ text }) =>
    text.startsWith('<>'),
  );
  const hits = guesses.filter(({ example, text }) => answerOf(text) === example.answer);
  expectShare(hits.length, guesses.length, 0.65 / 100);
});

test('at most 47 tokens with eos, all of the vocabulary', () => {
  for (const { text } of sample(14)) {
    expect(text).toMatch(/^[0-9+\-*=,;<> ]*$/);
    expect(text.length + 1).toBeLessThanOrEqual(47);
  }
});
