/** Known answers: the display reader, the split, the lookup, and the recipe's own examples. */
import { describe, expect, test } from 'vitest';
import { calculatorChain } from '../../src/tasks/calculatorChain.ts';
import {
  pretrainingCompletion,
  recipeMixture,
  type Mixture,
} from '../../src/tasks/calculatorChainPretraining.ts';
import { firstFit } from '../../src/tasks/chance.ts';
import { taskOf, tasks } from '../../src/tasks/index.ts';
import { heldOutKeys, isHeldOut } from '../../src/tasks/split.ts';
import { parts, strictAnswer } from '../../src/tasks/thinking.ts';
import { lcgDraw } from './lcgDraw.ts';

test('each task is found by its id', () => {
  const ids = ['calculatorChain', 'countdown', 'programSynthesis', 'adjudication', 'reversal'];
  expect(tasks.map(({ id }) => id)).toEqual(ids);
  for (const task of tasks)
    expect(taskOf({ task: task.id, rows: [], seed: 1, ownSplit: 'seed' })).toBe(task);
  expect(taskOf({ task: 'own', rows: [], seed: 1, ownSplit: 'seed' }).id).toBe('own');
});

test.each(['chess', 'constructor', ''])('no task is called %j', (id) => {
  expect(() => taskOf({ task: id, rows: [], seed: 1, ownSplit: 'seed' })).toThrow(
    `internal: no task "${id}"`,
  );
});

test.each([
  ['<1+1=2>2', '1+1=2', '2'],
  ['<>2', '', '2'],
  ['1+1=2>2', '1+1=2', '2'],
  ['2', '', '2'],
  ['<1+1', '1+1', ''],
  ['<a>b>c', 'a', 'b>c'],
  ['', '', ''],
])('parts of %j', (completion, thinking, answer) => {
  expect(parts(completion)).toEqual({ thinking, answer });
});

test('every task says in one line how its signs are read, and no more than it has', () => {
  for (const task of tasks) {
    const { prompt } = task.example(lcgDraw(1), false);
    expect(task.reading).toMatch(new RegExp(`^${prompt[0]} = the task, [^\\n]*⏎ = end\\.$`));
    expect(task.reading.includes('| = now the model writes')).toBe(prompt.endsWith('|'));
    expect(task.reading.includes('< > =')).toBe(task.thinks);
  }
  const own = taskOf({ task: 'own', rows: [], seed: 1 });
  expect(own.reading).toContain('< > =');
});

test('only a closed, ended completion has a strict answer', () => {
  const example = { prompt: '', answer: '', gold: '' };
  const answer = (completion: string, ended = true) => strictAnswer({ example, completion, ended });
  expect(answer('<a>b')).toBe('b');
  expect(answer('<>')).toBe('');
  expect(answer('<a>b', false)).toBeNull();
  for (const bad of ['a>b', '<<a>b', '<a>>b', '<a', 'b', '', ' <a>b']) {
    expect(answer(bad), bad).toBeNull();
  }
});

test('the split is a fixed property of the text', () => {
  const keys = Array.from({ length: 200 }, (_, i) => `A${i}|`);
  expect(keys.filter((key) => isHeldOut(key, 16))).toMatchInlineSnapshot(`
    [
      "A8|",
      "A14|",
      "A35|",
      "A48|",
      "A70|",
      "A82|",
      "A91|",
      "A96|",
      "A117|",
      "A151|",
      "A154|",
      "A162|",
      "A172|",
      "A177|",
      "A184|",
      "A193|",
      "A194|",
    ]
  `);
});

describe('the split by seed', () => {
  const keys = Array.from({ length: 40 }, (_, i) => `A${i}+1|`);
  const split = (seed: number, of: readonly string[] = keys): string[] =>
    [...heldOutKeys(of, seed, 4)].toSorted();

  test('is the same for the same keys and seed, in whatever order and however often', () => {
    expect(split(1)).toHaveLength(10);
    expect(split(1, keys.toReversed())).toEqual(split(1));
    expect(split(1, [...keys, ...keys.slice(0, 25)])).toEqual(split(1));
  });

  test('never changes, or stored runs on own rows would go on from another split', () => {
    expect(split(1, keys.slice(0, 12))).toMatchInlineSnapshot(`
      [
        "A10+1|",
        "A6+1|",
        "A9+1|",
      ]
    `);
  });

  test('is another one for another seed, and none is favoured', () => {
    expect(new Set(Array.from({ length: 50 }, (_, seed) => split(seed).join())).size).toBe(50);
    const times = new Map(keys.map((key) => [key, 0]));
    for (let seed = 0; seed < 2000; seed++) {
      for (const key of split(seed)) times.set(key, times.get(key)! + 1);
    }
    // 500 each are expected; six standard deviations are 116.
    expect(Math.min(...times.values())).toBeGreaterThan(384);
    expect(Math.max(...times.values())).toBeLessThan(616);
  });

  test('takes any two together about as often as chance would, however alike they are', () => {
    const alike = Array.from('0123456789abcdefghij');
    const together = new Map<string, number>();
    for (let seed = 0; seed < 2000; seed++) {
      const held = split(seed, alike);
      held.forEach((a, i) => {
        for (const b of held.slice(i + 1)) together.set(a + b, (together.get(a + b) ?? 0) + 1);
      });
    }
    // 5 of 20 and then 4 of 19: 105 in 2000; six standard deviations are 60.
    expect(together.size).toBe((20 * 19) / 2);
    for (const [pair, times] of together) expect(Math.abs(times - 105), pair).toBeLessThan(60);
  });

  test('leaves something on either side as soon as there are two', () => {
    expect(
      [[], ['a'], ['a', 'b'], ['a', 'b', 'c'], ['a', 'a']].map((few) => split(3, few).length),
    ).toEqual([0, 0, 1, 1, 0]);
  });
});

test('held-out chains of + and - have even and odd answers', () => {
  const draw = lcgDraw(5);
  const counts = { even: 0, odd: 0 };
  for (let i = 0; i < 2000; i++) {
    const { prompt, answer } = calculatorChain.example(draw, true);
    if (/^A\d([+-]\d){4}\|$/.test(prompt)) counts[Number(answer) % 2 === 0 ? 'even' : 'odd']++;
  }
  expect(Math.min(counts.even, counts.odd)).toBeGreaterThan(50);
});

test('a draw that never fits is a broken invariant', () => {
  expect(() => firstFit(() => null)).toThrow(/^internal: /);
});

describe('pretraining completions of the recipe’s example', () => {
  const example = {
    prompt: 'A7+4+2-3-6+5|',
    answer: '9',
    gold: '<7+4=11,11+2=13,13-3=10,10-6=4,4+5=9>9',
  };
  const none: Mixture = {
    guess: 0,
    lazy: 0,
    guessRight: 0,
    guessNear: 0,
    lazyRunning: 1,
    wrongStep: 0,
    untagged: 0,
    trailing: 0,
  };
  const seen = (mixture: Partial<Mixture>) => {
    const draw = lcgDraw(1);
    const all = Array.from({ length: 400 }, () =>
      pretrainingCompletion(example, draw, { ...none, ...mixture }),
    );
    return [...new Set(all)].toSorted();
  };

  test('careful', () => expect(seen({})).toEqual([example.gold]));

  test('lazy, with the running total', () =>
    expect(seen({ lazy: 1 })).toEqual([
      '<7+4=11,11+2=13,13-3=10,10-6=4>4',
      '<7+4=11,11+2=13,13-3=10>10',
      '<7+4=11,11+2=13>13',
      '<7+4=11>11',
    ]));

  test('a right guess, and one that is near', () => {
    expect(seen({ guess: 1, guessRight: 1 })).toEqual(['<>9']);
    expect(seen({ guess: 1, guessNear: 1 })).toEqual(
      ['<>0', '<>10', '<>11', '<>12', '<>18', '<>19', '<>6', '<>7', '<>8'], // 9-10 is below 0
    );
  });

  test('tags missing', () =>
    expect(seen({ untagged: 1 })).toEqual([example.gold.slice(1), '9'].toSorted()));

  test('trailing junk', () =>
    expect(seen({ guess: 1, guessRight: 1, trailing: 1 })).toEqual(
      ['<>9,9', '<>9;', '<>9= 9', '<>9>9'].toSorted(),
    ));

  test('a wrong total is carried on and never leaves 0..99', () => {
    for (const text of seen({ wrongStep: 1 })) {
      const steps = /^<(.*)>/
        .exec(text)![1]!
        .split(',')
        .map((step) => step.split(/[-+*=]/));
      steps.forEach(([left], i) => expect(left).toBe(i === 0 ? '7' : steps[i - 1]![2]));
      for (const [, , result] of steps) expect(Number(result)).toBeLessThanOrEqual(99);
      expect(text.endsWith(`>${steps.at(-1)![2]!}`)).toBe(true);
    }
  });

  test('the table holds the shares of the recipe', () =>
    expect(recipeMixture).toMatchObject({ guess: 0.35, lazy: 0.4, wrongStep: 0.01 }));
});
