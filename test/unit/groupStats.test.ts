/** A group's mean, spread and explanation, against the trainer's own advantages. */
import { expect, it } from 'vitest';
import { computeAdvantages } from '../../src/rft/advantage.ts';
import { defaultConfig } from '../../src/rft/config.ts';
import { groupStats } from '../../src/session/groupStats.ts';
import type { CompletionView, GroupView } from '../../src/session/protocol.ts';

function group(rewards: number[]): GroupView {
  const completions = rewards.map((reward): CompletionView => ({
    tokens: [],
    logps: [],
    thinking: '',
    answer: '',
    finishReason: 'eos',
    rewards: [reward],
    reward,
    advantage: 0,
    correct: reward === 1,
  }));
  return { promptIndex: 0, prompt: '', answer: '', completions };
}

it('shows the mean and spread that the advantages were made from', () => {
  const rewards = [1, 0.1, 0.1, 0];
  const stats = groupStats(group(rewards), defaultConfig);
  const { advantages, rewardStds } = computeAdvantages(
    rewards.map((reward) => [reward]),
    { ...defaultConfig, numGenerations: 4, rewardWeights: [1] },
  );
  expect(stats.std).toBeCloseTo(rewardStds[0] ?? NaN, 12);
  expect((1 - stats.mean) / (stats.std + 1e-4)).toBeCloseTo(advantages[0] ?? NaN, 12);
  expect(stats.correct).toBe(1);
});

it('says that a group without spread teaches nothing', () => {
  expect(groupStats(group([0.1, 0.1]), defaultConfig).explanation).toContain('nothing to learn');
});

it('tells of rejection sampling what is imitated, and that nothing is pushed down', () => {
  const config = { ...defaultConfig, method: 'rejection' } as const;
  const said = (rewards: number[]) => groupStats(group(rewards), config).explanation;
  expect(said([1, 0.1])).toMatch(/first of the best is imitated.*nothing is pushed down/);
  expect(said([0.1, 0.1])).toContain('first of the best');
  expect(said([0, 0])).toContain('none is imitated');
});

it('does not explain advantages of shuffled rewards', () => {
  const config = { ...defaultConfig, shuffleRewards: true };
  expect(groupStats(group([1, 0]), config).explanation).toContain('Control run');
});
