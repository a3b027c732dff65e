/**
 * Which charts there are and what each one draws, as a table over metric keys. Words come from
 * `metricTable`; drawing is `stepChart.ts`. Colour and dash pattern go together, so that colour is
 * never the only sign.
 */
import type { RunConfig } from '../../rft/configTable.ts';
import { lossEntry } from '../../rft/lossTable.ts';
import { everUsesReference } from '../../rft/recipeChange.ts';
import { speedRows } from '../../session/pace.ts';
import type { StepMetrics } from '../../session/protocol.ts';
import { lossAtZero } from './lossAtZero.ts';

export interface SeriesDef {
  key: string;
  colour: string;
  /** Canvas dash pattern in pixels; empty is a solid line. */
  dash: readonly number[];
  axis: 'left' | 'right';
  /** Measured only now and then: points are drawn and joined. */
  sparse: boolean;
}

export interface ChartDef {
  id: string;
  title: string;
  meaning: string;
  /** Lowest upper end of the left axis. */
  atLeast: number;
  /** True when the left axis is a share in [0, 1]. */
  share: boolean;
  unit?: string;
  shown?: (config: RunConfig) => boolean;
  /** Kept closed below the others, with the reason why it says little. */
  folded?: (config: RunConfig) => string;
  /** Rows, one for each of the run's, that it draws in place of them. */
  rows?: (rows: readonly StepMetrics[]) => readonly StepMetrics[];
  series: (config: RunConfig, rewardNames: readonly string[]) => readonly SeriesDef[];
}

const COLOURS = ['--series-1', '--series-2', '--series-3', '--series-4'] as const;
const DASHES: readonly (readonly number[])[] = [[], [6, 4], [2, 3], [10, 3, 2, 3]];

/** The look of a chart's n-th line; 16 differ. */
function look(n: number): Pick<SeriesDef, 'colour' | 'dash'> {
  return {
    colour: COLOURS[n % COLOURS.length]!,
    dash: DASHES[(n + Math.floor(n / COLOURS.length)) % DASHES.length]!,
  };
}

const line = (key: string, n: number, more: Partial<SeriesDef> = {}): SeriesDef => ({
  key,
  ...look(n),
  axis: 'left',
  sparse: false,
  ...more,
});

/** pass@1 and pass@k once when k is 1. */
function evalKeys(config: RunConfig): string[] {
  return [...new Set(['eval_greedy', 'eval_pass@1', `eval_pass@${config.numEvalGenerations}`])];
}

/** Rewards that are not the task's own only stand in for it: the truth belongs beside them. */
const standsIn = ({ rewards, changes }: RunConfig): boolean =>
  rewards.length > 0 || changes.some((change) => change.rewards !== undefined);

const samples = ({ method }: RunConfig): boolean => method !== 'sft';

const chartTable: readonly ChartDef[] = [
  {
    id: 'reward',
    title: 'Reward in training',
    meaning: 'What the sampled completions scored: the weighted total, and each reward function.',
    atLeast: 1,
    share: false,
    shown: samples,
    series: (config, names) =>
      [
        'reward',
        ...names.map((name) => `rewards/${name}/mean`),
        ...(standsIn(config) ? ['train_accuracy'] : []),
      ].map((key, n) => line(key, n)),
  },
  {
    id: 'heldOut',
    title: 'Held-out accuracy',
    meaning: 'Right answers to prompts that are never trained on: what was really learnt.',
    atLeast: 1,
    share: true,
    series: (config) => evalKeys(config).map((key, n) => line(key, n, { sparse: true })),
  },
  {
    id: 'loss',
    title: 'Loss',
    meaning:
      'Mean negative log-likelihood of the imitated tokens: how surprising the texts still are. It falls when they are learnt by heart as well.',
    atLeast: 0.5,
    share: false,
    unit: 'nats',
    shown: ({ method }) => method !== 'rft',
    series: () => [line('loss', 0)],
  },
  {
    id: 'entropy',
    title: 'Entropy',
    meaning: 'How undecided the policy is at each token. Near 0 it no longer tries anything new.',
    atLeast: 0.5,
    share: false,
    unit: 'nats',
    shown: samples,
    series: () => [line('entropy', 0)],
  },
  {
    id: 'kl',
    title: 'KL to the reference',
    meaning:
      'How far the policy has moved, per token, from its reference: the base policy, or what follows the policy where the reference is synchronised.',
    atLeast: 0.05,
    share: false,
    unit: 'nats',
    shown: everUsesReference,
    series: () => [line('kl', 0)],
  },
  {
    id: 'clip',
    title: 'Clipped tokens',
    meaning: 'Share of tokens whose ratio left the clip, so that they were pushed no further.',
    atLeast: 0.2,
    share: false,
    shown: ({ method, numIterations, lossType }) =>
      method === 'rft' && numIterations > 1 && lossEntry(lossType).clips,
    series: () => [line('clip_ratio/low_mean', 0), line('clip_ratio/high_mean', 1)],
  },
  {
    id: 'cap',
    title: 'Capped tokens',
    meaning:
      'Share of tokens with a positive advantage whose ratio was capped at ε high. They are still learnt from, only with that weight.',
    atLeast: 0.2,
    share: false,
    shown: ({ method, numIterations, lossType }) =>
      method === 'rft' && numIterations > 1 && lossType === 'cispo',
    series: () => [line('cispo_clip_ratio', 0)],
  },
  {
    id: 'spread',
    title: 'Spread within groups',
    meaning:
      'How much the rewards of one prompt’s completions differ, and the share of groups where they do not: none in those is better than the rest.',
    atLeast: 0.5,
    share: false,
    shown: samples,
    series: () => [line('reward_std', 0), line('frac_reward_zero_std', 1, { axis: 'right' })],
  },
  {
    id: 'gradient',
    title: 'Gradient norm',
    meaning: 'How hard the step pushes, before the gradient is clipped.',
    atLeast: 0.1,
    share: false,
    series: () => [line('grad_norm', 0)],
  },
  {
    id: 'batches',
    title: 'Batches sampled a step',
    meaning: 'Dynamic sampling: how many batches it took to fill the step with groups that teach.',
    atLeast: 2,
    share: false,
    shown: ({ method, maxNumGenBatches }) => method === 'rft' && maxNumGenBatches > 1,
    series: () => [line('num_gen_batches', 0), line('frac_reward_zero_std', 1, { axis: 'right' })],
  },
  {
    id: 'length',
    title: 'Completion length',
    meaning: 'Tokens in a completion, and the share cut off before it ended by itself.',
    atLeast: 10,
    share: false,
    unit: 'tokens',
    shown: samples,
    series: () => [
      line('completions/mean_length', 0),
      line('completions/clipped_ratio', 1, { axis: 'right' }),
    ],
  },
  {
    id: 'speed',
    title: 'Speed',
    meaning: 'Prompt and completion tokens a second while training; evaluations are left out.',
    atLeast: 100,
    share: false,
    unit: 'tokens/s',
    rows: speedRows,
    series: () => [line('tokens_per_second', 0)],
  },
  {
    id: 'rftLoss',
    title: 'Loss',
    meaning: 'The value whose gradient trains the policy. It is no sign of progress.',
    atLeast: 0.01,
    share: false,
    shown: ({ method }) => method === 'rft',
    folded: lossAtZero,
    series: () => [line('loss', 0)],
  },
];

/** The charts of a recipe: open ones first, then those kept closed. */
export function chartsOf(config: RunConfig): { open: ChartDef[]; folded: ChartDef[] } {
  const shown = chartTable.filter((def) => def.shown?.(config) ?? true);
  return {
    open: shown.filter((def) => def.folded === undefined),
    folded: shown.filter((def) => def.folded !== undefined),
  };
}
