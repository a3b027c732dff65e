/** Accuracies as fractions: of a run's rows, and the default lesson's against the evidence. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { defaultConfig } from '../../src/rft/config.ts';
import { defaultLesson, heldOutPair } from '../../src/session/heldOutPair.ts';
import { decimalRatio, ratio } from '../../src/session/ratio.ts';
import type { StepMetrics } from '../../src/session/protocol.ts';

interface Run {
  before: Record<string, number>;
  after: Record<string, number>;
}
const evidence = JSON.parse(readFileSync('test/bench/evidence.json', 'utf8')) as Record<
  string,
  Run
>;

const row = (step: number, greedy?: number): StepMetrics => ({
  step,
  values: greedy === undefined ? { reward: 1 } : { eval_greedy: greedy },
});

test('the default lesson is what was measured', () => {
  const runs = [1, 2, 3].map((seed) => evidence[`calculatorChain/rft-64/${seed}`]!);
  const right = (values: Record<string, number>): number =>
    Math.round(values['eval_greedy']! * defaultLesson.prompts);
  for (const { before } of runs) {
    expect(ratio(right(before), defaultLesson.prompts)).toEqual(defaultLesson.base);
  }
  const after = runs.reduce((sum, run) => sum + right(run.after), 0);
  expect(ratio(after, 3 * defaultLesson.prompts)).toEqual(defaultLesson.tuned);
});

test('a run’s shares become the counts they came from', () => {
  const rows = [row(0, 9 / 150), row(1), row(10, 100 / 150), row(20, 145 / 150), row(21)];
  expect(heldOutPair(rows, defaultConfig)).toEqual({
    base: ratio(9, 150),
    tuned: ratio(145, 150),
    step: 20,
    prompts: 150,
  });
});

test('a share that is no count of the held-out prompts is taken as it stands', () => {
  const pair = heldOutPair([row(0, 0.1234), row(5, 0.5)], defaultConfig);
  expect([pair?.base, pair?.tuned]).toEqual([decimalRatio(0.1234), ratio(1, 2)]);
});

test('without a measurement before and after there is no pair', () => {
  expect(heldOutPair([], defaultConfig)).toBeNull();
  expect(heldOutPair([row(0, 0.1), row(1)], defaultConfig)).toBeNull();
  expect(heldOutPair([row(10, 0.1), row(20, 0.2)], defaultConfig)).toBeNull();
});
