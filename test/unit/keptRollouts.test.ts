/** What the page keeps of a run's rollouts: whole while it fits, then samples, within the budget. */
import { expect, test } from 'vitest';
import { fit, keep, keptBytes, ROLLOUT_BUDGET, type Kept } from '../../src/session/keptRollouts.ts';
import type { CompletionView, RolloutView } from '../../src/session/protocol.ts';

const completion = (length: number): CompletionView => ({
  tokens: Array.from({ length }, () => '7'),
  logps: Array.from({ length }, (_, i) => -1 / (i + 3)),
  entropies: Array.from({ length }, (_, i) => 1 / (i + 7)),
  thinking: '18+7-3=22',
  answer: '22',
  finishReason: 'eos',
  rewards: [1, 0.5],
  reward: 1,
  advantage: 0.25,
  correct: true,
});

/** A step with `groups` groups of 8, its prompts taken in turn from `prompts`. */
function rollout(step: number, groups: number, prompts = groups, one = completion(48)) {
  return {
    step,
    rewardNames: ['correct', 'format'],
    groups: Array.from({ length: groups }, (_, g) => ({
      promptIndex: (step * groups + g) % prompts,
      prompt: 'C7,18,3:22|',
      answer: '22',
      completions: Array.from({ length: 8 }, () => one),
    })),
  } satisfies RolloutView;
}

function played(steps: number, groups: number, budget: number, prompts = groups): readonly Kept[] {
  const one = completion(48);
  let kept: readonly Kept[] = [];
  for (let step = 1; step <= steps; step++) {
    kept = fit([...kept, keep(rollout(step, groups, prompts, one))], budget);
    expect(keptBytes(kept)).toBeLessThanOrEqual(budget);
  }
  return kept;
}

const counts = (kept: readonly Kept[]): number[] => kept.map((one) => one.rollout.groups.length);
const stepsOf = (kept: readonly Kept[]): number[] => kept.map((one) => one.rollout.step);

test('the estimate is of the order of the JSON it would make', () => {
  const view = rollout(1, 4);
  const ratio = keep(view).bytes / JSON.stringify(view).length;
  expect(ratio).toBeGreaterThan(0.5);
  expect(ratio).toBeLessThan(2);
});

test('changes of log-probabilities count where a step was measured', () => {
  const one = completion(48);
  const measured = keep(rollout(1, 4, 4, { ...one, changes: one.logps }));
  expect(measured.bytes - keep(rollout(1, 4)).bytes).toBe(4 * 8 * 48 * 8);
});

test('keeps everything that fits', () => {
  const kept = played(100, 8, ROLLOUT_BUDGET);
  expect(stepsOf(kept)).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
  expect(new Set(counts(kept))).toEqual(new Set([8]));
});

test('2,000 steps of 256 completions stay within the budget, the newest whole', () => {
  const kept = played(2000, 32, ROLLOUT_BUDGET);
  expect(counts(kept).slice(-20)).toEqual(Array.from({ length: 20 }, () => 32));
  const [first] = kept;
  expect(first?.rollout.step).toBe(1);
  // Steps that had to go leave no hole: what is left is spread evenly.
  const steps = stepsOf(kept);
  expect(Math.max(...steps.slice(1).map((step, i) => step - steps[i]!))).toBeLessThanOrEqual(4);
  expect(steps.length).toBeGreaterThan(500);
}, 60_000);

test('the same prompts are sampled in every step', () => {
  const size = keep(rollout(1, 16)).bytes;
  const kept = played(60, 16, 30 * size);
  const old = kept.slice(0, 30).map(({ rollout: { groups } }) => groups.map((g) => g.promptIndex));
  expect(counts(kept)[0]).toBeLessThan(16);
  const least = Math.min(...old.map(({ length }) => length));
  const shared = old.reduce((a, b) => a.filter((prompt) => b.includes(prompt)));
  expect(shared).toHaveLength(least);
});

test('what came in decides what stays, and groups keep their order', () => {
  const size = keep(rollout(1, 8)).bytes;
  const twice = [1, 2].map(() => played(80, 8, 25 * size, 40));
  expect(twice[0]).toEqual(twice[1]);
  for (const { rollout: view } of twice[0]!) {
    const all = rollout(view.step, 8, 40).groups.map(({ promptIndex }) => promptIndex);
    const left = view.groups.map(({ promptIndex }) => promptIndex);
    expect(left).toEqual(all.filter((prompt) => left.includes(prompt)));
  }
});

test('a single step larger than the budget is cut down too, to one group at least', () => {
  const size = keep(rollout(1, 1)).bytes;
  expect(counts(fit([keep(rollout(1, 16))], 4.5 * size))).toEqual([4]);
  expect(counts(fit([keep(rollout(1, 16))], 1))).toEqual([1]);
});
