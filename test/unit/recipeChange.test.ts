/** Which recipe holds at which step, and what a change says in words. */
import { expect, test } from 'vitest';
import { defaultConfig, parseConfig } from '../../src/rft/config.ts';
import { configAt, everUsesReference, withChange } from '../../src/rft/recipeChange.ts';
import { changeTexts } from '../../src/session/changeWords.ts';

const changed = parseConfig({
  changes: [
    { step: 3, learningRate: 1e-3 },
    { step: 5, learningRate: 2e-3, temperature: 2 },
    { step: 9, rewardWeights: [0.5, 0.5] },
  ],
}).config!;

test('a change applies from its step on, and stays until another one', () => {
  const rates = [1, 2, 3, 4, 5, 60].map((step) => configAt(changed, step).learningRate);
  expect(rates).toEqual([3e-4, 3e-4, 1e-3, 1e-3, 2e-3, 2e-3]);
  expect(configAt(changed, 60)).toMatchObject({ temperature: 2, rewardWeights: [0.5, 0.5] });
  expect(configAt(changed, 2)).toBe(changed);
  expect(configAt(changed, 60).changes).toBe(changed.changes);
});

test('another change at the same step joins the first; the order is that of the steps', () => {
  const more = withChange({ ...changed, changes: withChange(changed, 5, { beta: 1 }).changes }, 4, {
    temperature: 1,
  });
  expect(more.changes.map(({ step }) => step)).toEqual([3, 4, 5, 9]);
  expect(more.changes[2]).toEqual({ step: 5, learningRate: 2e-3, temperature: 2, beta: 1 });
  expect(parseConfig(more).problems).toEqual([]);
});

test('a reference is needed as soon as any step has a KL coefficient', () => {
  expect(everUsesReference(changed)).toBe(false);
  const later = { ...changed, changes: [{ step: 9, beta: 0.1 }] };
  expect(everUsesReference(later)).toBe(true);
  expect(everUsesReference({ ...later, method: 'rejection' })).toBe(false);
});

test('changes are told with what was there before', () => {
  expect(changeTexts(changed)).toEqual([
    { step: 3, text: 'Learning rate 0.0003 → 0.001' },
    { step: 5, text: 'Learning rate 0.001 → 0.002; Temperature 1 → 2' },
    { step: 9, text: 'Reward weights 0.9, 0.1 → 0.5, 0.5' },
  ]);
  expect(changeTexts(defaultConfig)).toEqual([]);
});
