/** From a rollout to its scores; the weights in force; the shuffled control. */
import { describe, expect, test } from 'vitest';
import type { RolloutRow } from '../../models/rollout.ts';
import { createTokenizer } from '../../models/tokenizer.ts';
import { rewardWeights, scoreCompletion } from '../../src/rft/reward.ts';
import { trainExample } from '../../src/rft/dataset.ts';
import { calculatorChain } from '../../src/tasks/calculatorChain.ts';
import { chattyFolder } from './tinyPolicy.ts';

const { config, tokenizerJson } = chattyFolder();
const tokenizer = createTokenizer(tokenizerJson, config);
const example = trainExample(calculatorChain, 1, 0);

function score(text: string, finishReason: RolloutRow['finishReason']) {
  const ids = tokenizer.encode(text);
  const completionIds = finishReason === 'eos' ? [...ids, tokenizer.eosId] : ids;
  const numbers = completionIds.map(() => 0);
  const row = {
    promptIds: [1],
    completionIds,
    samplingLogps: numbers,
    entropies: numbers,
    finishReason,
  };
  return scoreCompletion(calculatorChain, example, row, tokenizer);
}

describe('scoreCompletion', () => {
  test('the gold completion earns everything, and its text is without eos', () => {
    expect(score(example.gold, 'eos')).toEqual({
      text: example.gold,
      ended: true,
      scores: [1, 1],
      correct: true,
    });
  });

  test('the same text cut at the length limit has not ended and earns nothing', () => {
    expect(score(example.gold, 'length')).toEqual({
      text: example.gold,
      ended: false,
      scores: [0, 0],
      correct: false,
    });
  });

  test('a wrong answer in the right form is paid for its form alone', () => {
    const wrong = String((Number(example.answer) + 1) % 100);
    expect(score(`<>${wrong}`, 'eos')).toMatchObject({ scores: [0, 1], correct: false });
    expect(score('', 'eos')).toMatchObject({ text: '', ended: true, scores: [0, 0] });
  });
});

test.each(['<pad>', '<bos>'])('a %s inside the completion earns nothing', (special) => {
  const result = score(`${example.gold}${special}`, 'eos');
  expect(result).toMatchObject({ ended: false, scores: [0, 0], correct: false });
});

test('the task’s weights are in force unless the run brings its own', () => {
  expect(rewardWeights(calculatorChain, [])).toEqual([0.9, 0.1]);
  expect(rewardWeights(calculatorChain, [0, 2])).toEqual([0, 2]);
});
