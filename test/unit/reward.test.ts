/** From a rollout to its scores; the weights in force; the shuffled control. */
import { describe, expect, test } from 'vitest';
import type { RolloutRow } from '../../models/rollout.ts';
import { createTokenizer } from '../../models/tokenizer.ts';
import { readCompletion } from '../../src/rft/reward.ts';
import { createScorer } from '../../src/rft/rewardScorer.ts';
import { weightsOf } from '../../src/rft/rewardSpec.ts';
import { trainExample } from '../../src/rft/dataset.ts';
import { calculatorChain } from '../../src/tasks/calculatorChain.ts';
import { chattyFolder } from './tinyPolicy.ts';

const { config, tokenizerJson } = chattyFolder();
const tokenizer = createTokenizer(tokenizerJson, config);
const example = trainExample(calculatorChain, 1, 0);

const scorer = createScorer([], { task: calculatorChain, maxCompletionLength: 48, runner: null });

/** As a run would read and score it. */
async function score(text: string, finishReason: RolloutRow['finishReason']) {
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
  const completion = readCompletion(calculatorChain, example, row, tokenizer);
  const { scores } = await scorer.score([{ example, completion }], 1);
  return { ...completion, scores: scores[0] };
}

describe('a completion', () => {
  test('the gold completion earns everything, and its text is without eos', async () => {
    expect(await score(example.gold, 'eos')).toEqual({
      text: example.gold,
      ended: true,
      length: example.gold.length + 1,
      scores: [1, 1],
      correct: true,
    });
  });

  test('the same text cut at the length limit has not ended and earns nothing', async () => {
    expect(await score(example.gold, 'length')).toEqual({
      text: example.gold,
      ended: false,
      length: example.gold.length,
      scores: [0, 0],
      correct: false,
    });
  });

  test('a wrong answer in the right form is paid for its form alone', async () => {
    const wrong = String((Number(example.answer) + 1) % 100);
    expect(await score(`<>${wrong}`, 'eos')).toMatchObject({ scores: [0, 1], correct: false });
    expect(await score('', 'eos')).toMatchObject({ text: '', ended: true, scores: [0, 0] });
  });
});

test.each(['<pad>', '<bos>'])('a %s inside the completion earns nothing', async (special) => {
  const result = await score(`${example.gold}${special}`, 'eos');
  expect(result).toMatchObject({ ended: false, scores: [0, 0], correct: false });
});

test('the task’s weights are in force unless the run brings its own', () => {
  expect(weightsOf(calculatorChain, { rewards: [], rewardWeights: [] })).toEqual([0.9, 0.1]);
  expect(weightsOf(calculatorChain, { rewards: [], rewardWeights: [0, 2] })).toEqual([0, 2]);
});
