/**
 * One group's rewards in numbers and words, for the rollout table: mean, spread and how the
 * advantages came about. For display only; the trainer's own advantages are shown as they are.
 */
import type { RunConfig } from '../rft/configTable.ts';
import type { GroupView } from './protocol.ts';

export interface GroupStats {
  mean: number;
  /** Sample standard deviation (divisor n − 1), as in TRL. */
  std: number;
  /** Completions whose answer was right. */
  correct: number;
  explanation: string;
}

const differences: Record<RunConfig['advantageBaseline'], string> = {
  group: 'reward − mean',
  leave_one_out: 'reward − mean of the others',
  batch: 'reward − mean of the step',
  none: 'reward',
};

const divisors: Record<RunConfig['scaleRewards'], string | null> = {
  group: 'spread of the group',
  batch: 'spread of the whole batch',
  none: null,
};

/** "(reward − mean) ÷ spread of the group" */
function formula({ advantageBaseline, scaleRewards }: RunConfig): string {
  const difference = differences[advantageBaseline];
  const divisor = divisors[scaleRewards];
  if (divisor === null) return difference;
  return `${difference === 'reward' ? difference : `(${difference})`} ÷ ${divisor}`;
}

const comparesInGroup = ({ advantageBaseline }: RunConfig): boolean =>
  advantageBaseline === 'group' || advantageBaseline === 'leave_one_out';

function explain(std: number, best: number, config: RunConfig): string {
  if (config.method === 'rejection') {
    return best > 0
      ? 'The first of the best is imitated (advantage 1); nothing is pushed down.'
      : 'None scored above 0, so none is imitated.';
  }
  if (config.shuffleRewards) {
    return 'Control run: rewards were dealt out at random, so advantages say nothing here.';
  }
  if (std < 1e-9 && comparesInGroup(config))
    return 'All scored the same, so every advantage is 0: nothing to learn here.';
  if (config.multiObjectiveAggregation === 'normalize_then_sum') {
    return 'Each reward is compared within the group first, then weighted and summed.';
  }
  return `Advantage = ${formula(config)}: above 0 becomes likelier, below 0 less likely.`;
}

/** Statistics of a group of at least one completion. */
export function groupStats(group: GroupView, config: RunConfig): GroupStats {
  const rewards = group.completions.flatMap(({ reward }) => (reward === null ? [] : [reward]));
  const mean = rewards.reduce((sum, reward) => sum + reward, 0) / Math.max(1, rewards.length);
  const squares = rewards.reduce((sum, reward) => sum + (reward - mean) ** 2, 0);
  const std = Math.sqrt(squares / Math.max(1, rewards.length - 1));
  const correct = group.completions.filter((completion) => completion.correct).length;
  return { mean, std, correct, explanation: explain(std, Math.max(...rewards), config) };
}
