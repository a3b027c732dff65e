/** What tokens are tinted by and what is read out at one, at the edges of the levels. */
import { expect, test } from 'vitest';
import type { CompletionView } from '../../src/session/protocol.ts';
import { notMeasuredWords, tintScale, tints, tokenWords } from '../../src/ui/rollouts/tints.ts';
import { tokenViews, type TokenView } from '../../src/ui/rollouts/tokenParts.ts';

const token = (more: Partial<TokenView>): TokenView => ({
  text: '7',
  probability: null,
  isAnswer: false,
  isEnd: false,
  ...more,
});

test('the less likely or the less certain, the stronger; nothing known is no tint', () => {
  const likely = [1, 0.9, 0.89, 0.6, 0.3, 0.1, 0.09, null];
  expect(likely.map((probability) => tints.probability.tint(token({ probability }), 1))).toEqual([
    ...['t0', 't0', 't1', 't1', 't2', 't3', 't4', 't0'],
  ]);
  const unsure = [0, 0.1, 0.11, 0.5, 1, 2, null];
  expect(unsure.map((entropy) => tints.entropy.tint(token({ entropy }), 1))).toEqual([
    ...['t0', 't0', 't1', 't2', 't3', 't4', 't0'],
  ]);
});

test('signed quantities are up or down by their share of the largest', () => {
  const credits = [0.02, 0.008, 0.001, 0.0001, -0.003, -0.02];
  const tokens = credits.map((credit) => token({ credit }));
  const scale = tintScale('credit', tokens);
  expect(scale).toBe(0.02);
  expect(tokens.map((one) => tints.credit.tint(one, scale))).toEqual([
    ...['u3', 'u2', 'u1', 't0', 'd1', 'd3'],
  ]);
  expect(tints.change.tint(token({ change: 0 }), 0)).toBe('t0');
});

test('credit is advantage times change, told with all else that is known', () => {
  const completion: CompletionView = {
    tokens: ['<', '>', '7'],
    logps: [0, Math.log(0.5), Math.log(0.25), Math.log(0.8)],
    entropies: [0, 0.6931, 1.2, 0.5],
    thinking: '',
    answer: '7',
    finishReason: 'eos',
    rewards: [0],
    reward: 0,
    advantage: -2,
    correct: false,
  };
  const views = tokenViews(completion, [0, 0.01, -0.02, 0.5]);
  expect(views.map(({ text, isAnswer, credit }) => [text, isAnswer, credit])).toEqual([
    ['<', false, -0],
    ['>', false, -0.02],
    ['7', true, 0.04],
    ['⏎', true, -1],
  ]);
  expect(tokenWords(views[2]!)).toBe(
    '“7”: probability 25.0 %, log-probability −1.39, entropy 1.20 nats, change −0.0200, credit 0.0400',
  );
  // Told with the step; what the magnifier measured comes before it.
  const told = { ...completion, changes: [0, 0.5, 0.25, 0] };
  expect(tokenViews(told).map(({ credit }) => credit)).toEqual([-0, -1, -0.5, -0]);
  expect(tokenViews(told, [0, 0.01, -0.02, 0.5])).toEqual(views);
  expect(tokenWords(tokenViews(completion)[3]!)).toBe(
    'end of completion: probability 80.0 %, log-probability −0.22, entropy 0.50 nats',
  );
  const likeliest = [
    { text: '7', probability: 0.25 },
    { text: '', probability: 0.125 },
  ];
  expect(tokenWords(tokenViews(completion, [], [[], [], likeliest])[2]!)).toMatch(
    /likeliest here: “7” 25\.0 % · ⏎ 12\.5 %$/,
  );
  expect(tokenWords(token({}))).toBe('“7”');
  // A log-probability that rounds to 0 is left out.
  expect(tokenWords(token({ probability: 0.996 }))).toBe('“7”: probability 99.6 %');
  expect(tokenWords(token({ probability: 0.994 }))).toMatch(/log-probability −0\.01$/);
});

test('where the update was not measured, it is said how it can be', () => {
  const plain = [token({ probability: 0.5 }), token({})];
  const measured = [token({}), token({ change: 0, credit: 0 })];
  expect(notMeasuredWords('credit', plain)).toMatch(/“measure credit”/);
  expect(notMeasuredWords('change', plain)).toBe(notMeasuredWords('credit', plain));
  expect(notMeasuredWords('credit', measured)).toBeNull();
  expect(notMeasuredWords('probability', [token({})])).toBeNull();
});
