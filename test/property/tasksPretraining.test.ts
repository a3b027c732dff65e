/** The pretraining mixture has the shares of the recipe, measured over many completions. */
import { describe, expect, test } from 'vitest';
import { calculatorChain } from '../../src/tasks/calculatorChain.ts';
import {
  pretrainingCompletion,
  recipeMixture,
} from '../../src/tasks/calculatorChainPretraining.ts';
import { adjudication } from '../../src/tasks/adjudication.ts';
import {
  adjudicationCompletion,
  adjudicationMixture,
} from '../../src/tasks/adjudicationPretraining.ts';
import { countdown } from '../../src/tasks/countdown.ts';
import { countdownCompletion, countdownMixture } from '../../src/tasks/countdownPretraining.ts';
import { programSynthesis } from '../../src/tasks/programSynthesis.ts';
import { programCompletion, programMixture } from '../../src/tasks/programSynthesisPretraining.ts';
import type { Draw, Example, Task } from '../../src/tasks/task.ts';
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

/** A task's training examples with their completions; no format noise. */
function texts<E extends Example>(
  task: Task<E>,
  completion: (example: E, draw: Draw) => string,
  seed: number,
): { example: E; text: string }[] {
  const draw = lcgDraw(seed);
  return Array.from({ length: 5000 }, () => {
    const example = task.example(draw, false);
    return { example, text: completion(example, draw) };
  });
}

const tidy = { untagged: 0, trailing: 0 };

describe('Countdown', () => {
  const mixture = { ...countdownMixture, ...tidy };
  const all = texts(countdown, (example, draw) => countdownCompletion(example, draw, mixture), 21);
  const attemptsOf = (text: string) => (text.slice(1, text.indexOf('>')) || null)?.split(',') ?? [];
  const resultOf = (attempt: string) => Number(attempt.split('=').at(-1));

  test('40 % answer at once, with a valid expression', () => {
    const direct = all.filter(({ text }) => text.startsWith('<>'));
    expectShare(direct.length, all.length, 0.4);
    for (const { example, text } of direct.slice(0, 500)) {
      const scored = { example, completion: text, ended: true };
      expect(countdown.rewards[1]!.score(scored)).toBe(1);
    }
  });

  test('attempts: four at most, 40 % give up after a miss, hits are mostly copied', () => {
    const tried = all.filter(({ text }) => !text.startsWith('<>'));
    const first = tried.map(({ example, text }) => {
      const attempts = attemptsOf(text);
      expect(attempts.length).toBeLessThanOrEqual(4);
      return { missed: resultOf(attempts[0]!) !== example.target, more: attempts.length > 1 };
    });
    const misses = first.filter(({ missed }) => missed);
    expectShare(misses.filter(({ more }) => !more).length, misses.length, 0.4);
    const hits = tried.filter(
      ({ example, text }) => resultOf(attemptsOf(text)[0]!) === example.target,
    );
    const right = hits.filter(({ example, text }) =>
      countdown.isCorrect({ example, completion: text, ended: true }),
    );
    expect(right.length / hits.length).toBeGreaterThan(0.9);
  });
});

test('adjudication: half think; a field is read or any, a decision follows the rules or is any', () => {
  const mixture = { ...adjudicationMixture, ...tidy };
  const all = texts(
    adjudication,
    (example, draw) => adjudicationCompletion(example, draw, mixture),
    22,
  );
  expectShare(all.filter(({ text }) => !text.startsWith('<>')).length, all.length, 0.5);
  const charges = all.filter(({ example, text }) => text.includes(`{c:${example.charge},`));
  expectShare(charges.length, all.length, 0.6 + 0.4 / 6);
  const decisions = all.filter(({ example, text }) => text.endsWith(`d:${example.decision}}`));
  expectShare(decisions.length, all.length, 0.2 + 0.8 / 3);
});

test('program synthesis: guesses, broken-off and whole derivations in the shares of the mixture', () => {
  const mixture = { ...programMixture, ...tidy, wrongStep: 0 };
  const all = texts(
    programSynthesis,
    (example, draw) => programCompletion(example, draw, mixture),
    23,
  );
  const sums = ({ text }: { text: string }) => text.split('=').length - 1;
  expectShare(all.filter((one) => sums(one) === 0).length, all.length, mixture.guess);
  expectShare(all.filter((one) => [1, 2].includes(sums(one))).length, all.length, mixture.lazy);
  for (const one of all.filter((each) => sums(each) === 3)) {
    expect(one.text).toBe(one.example.gold);
  }
});
