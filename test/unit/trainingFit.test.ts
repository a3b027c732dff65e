/** What a run's newest step tells of the prompts it trains on. */
import { expect, test } from 'vitest';
import { trainingFit } from '../../src/session/trainingFit.ts';

const rows = [
  { step: 0, values: { eval_greedy: 0.1 } },
  { step: 1, values: { loss: 2, train_accuracy: 0.25 } },
  { step: 2, values: { loss: Math.log(2), train_accuracy: 0.5 } },
];

test('right samples where it samples, likely tokens where it imitates, nothing before a step', () => {
  expect(trainingFit({ method: 'rft' }, rows)).toEqual({ of: 'samples', value: 0.5 });
  expect(trainingFit({ method: 'rejection' }, rows.slice(0, 2))?.value).toBe(0.25);
  const imitated = trainingFit({ method: 'sft' }, rows);
  expect(imitated?.of).toBe('tokens');
  expect(imitated?.value).toBeCloseTo(0.5);
  expect(trainingFit({ method: 'sft' }, rows.slice(0, 1))).toBeNull();
});
