/** Which examples a run sees: addressed, kept apart from the held-out ones, cycled through in order. */
import { describe, expect, test } from 'vitest';
import { createTokenizer } from '../../models/tokenizer.ts';
import { defaultConfig } from '../../src/rft/config.ts';
import {
  encodePrompt,
  heldOutExample,
  heldOutSet,
  nextExamples,
  trainExample,
  trainingSet,
} from '../../src/rft/dataset.ts';
import { exampleRows } from '../../src/session/ownDataExample.ts';
import { calculatorChain as task } from '../../src/tasks/calculatorChain.ts';
import { taskOf } from '../../src/tasks/index.ts';
import { isHeldOut } from '../../src/tasks/split.ts';
import type { Example } from '../../src/tasks/task.ts';
import { chattyFolder } from './tinyPolicy.ts';

const indices = Array.from({ length: 300 }, (_, i) => i);

describe('examples', () => {
  test('depend on their address and on nothing else', () => {
    const backwards = [...indices].reverse().map((i) => trainExample(task, 5, i));
    expect(indices.map((i) => trainExample(task, 5, i))).toEqual(backwards.reverse());
    expect(heldOutExample(task, 7)).toEqual(heldOutExample(task, 7));
    const prompts = new Set(indices.map((i) => trainExample(task, 5, i).prompt));
    expect(prompts.size).toBeGreaterThan(290);
    const others = indices.filter((i) => prompts.has(trainExample(task, 6, i).prompt));
    expect(others.length).toBeLessThan(10);
  });

  test('for training and held-out ones never meet, under any seed', () => {
    const isApart = ({ prompt }: Example): boolean => isHeldOut(prompt, 16);
    expect(indices.every((i) => isApart(heldOutExample(task, i)))).toBe(true);
    expect(indices.some((i) => isApart(trainExample(task, 1, i)))).toBe(false);
    const heldOut = new Set(indices.map((i) => heldOutExample(task, i).prompt));
    expect(heldOut.size).toBeGreaterThan(250);
    for (const seed of [0, 1, 20_261_101, 2 ** 32 - 1]) {
      for (const i of indices) expect(heldOut.has(trainExample(task, seed, i).prompt)).toBe(false);
    }
  });
});

test('own rows are split by the seed: all are used, none on both sides, the same for a seed', () => {
  const sides = (seed: number): string[][] => {
    const config = {
      ...defaultConfig,
      task: 'own',
      rows: exampleRows,
      seed,
      ownSplit: 'seed',
    } as const;
    const own = taskOf(config);
    return [trainingSet(own, config), heldOutSet(own, config)].map((side) =>
      side.map(({ prompt }) => prompt).toSorted(),
    );
  };
  const all = exampleRows.map(([prompt]) => prompt).toSorted();
  for (const seed of [0, 1, 2, 2 ** 32 - 1]) {
    const [train, heldOut] = sides(seed);
    expect([train?.length, heldOut?.length]).toEqual([18, 6]);
    expect([...train!, ...heldOut!].toSorted()).toEqual(all);
    expect(sides(seed)).toEqual([train, heldOut]);
  }
  expect(sides(1)[1]).not.toEqual(sides(2)[1]);
  // As runs and links from before there was a choice have it: by the text, whatever the seed.
  const byText = (seed: number) =>
    heldOutSet(taskOf({ task: 'own', rows: exampleRows, seed, ownSplit: 'text' }), {
      ...defaultConfig,
      seed: 1,
    }).map(({ prompt }) => prompt);
  expect(byText(1)).toEqual(byText(2));
  expect(byText(1).every((prompt) => isHeldOut(prompt, 4))).toBe(true);
});

test('nextExamples cycles through the training prompts, wherever it starts', () => {
  const train = indices.slice(0, 5).map((i) => trainExample(task, 1, i));
  const at = (cursor: number, count: number): number[] =>
    nextExamples(train, cursor, count).map(({ index, example }) => {
      expect(example).toBe(train[index]);
      return index;
    });
  expect(at(0, 3)).toEqual([0, 1, 2]);
  expect(at(3, 4)).toEqual([3, 4, 0, 1]);
  expect(at(4, 11)).toEqual([4, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4]);
});

test('a prompt starts with bos and has no eos', () => {
  const { config, tokenizerJson } = chattyFolder();
  const tokenizer = createTokenizer(tokenizerJson, config);
  const { prompt } = trainExample(task, 1, 0);
  const [first, ...rest] = encodePrompt(tokenizer, prompt);
  expect(first).toBe(tokenizer.bosId);
  expect(tokenizer.decode(rest)).toBe(prompt);
  expect(rest).not.toContain(tokenizer.eosId);
});
