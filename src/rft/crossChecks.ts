/**
 * Combinations of settings that make no sense, each refused at one field with the reason. Rules
 * that need the task are in tasks/recipeProblems.ts. Plain data over a config, no parsing.
 */
import { configTable, type ConfigField, type RunConfig } from './configTable.ts';
import { lossEntry, lossTable } from './lossTable.ts';

export interface CrossCheck {
  /** Where the problem is shown. */
  field: ConfigField;
  /** The check waits until all of these are valid by themselves. */
  reads: readonly ConfigField[];
  message: (config: RunConfig) => string | null;
}

/** The multiples of `step` just below and above `value` that the field's range allows. */
function nearestMultiples(value: number, step: number): number[] {
  const { min, max } = configTable.generationBatchSize;
  const below = Math.floor(value / step) * step;
  return [below, below + step].filter((multiple) => multiple >= min && multiple <= max);
}

/** A check of reinforcement alone: `refuses` says when, `why` what would be right. */
const ofRft = (
  field: ConfigField,
  reads: readonly ConfigField[],
  refuses: (config: RunConfig) => boolean,
  why: string | ((config: RunConfig) => string),
): CrossCheck => ({
  field,
  reads: [field, 'method', ...reads],
  message: (config) => {
    if (config.method !== 'rft' || !refuses(config)) return null;
    return typeof why === 'string' ? why : why(config);
  },
});

const lossName = ({ lossType }: RunConfig): string =>
  lossTable[lossType].label.replace(/ \(.*/, '');

const withoutGroup = ({ advantageBaseline }: RunConfig): boolean =>
  advantageBaseline === 'none' || advantageBaseline === 'batch';

export const crossChecks: readonly CrossCheck[] = [
  {
    field: 'generationBatchSize',
    reads: ['generationBatchSize', 'numGenerations', 'method'],
    message({ generationBatchSize: size, numGenerations: group, method }) {
      if (method === 'sft' || size % group === 0) return null;
      return `${size} is not a multiple of ${group}: try ${nearestMultiples(size, group).join(' or ')}.`;
    },
  },
  {
    field: 'rewardWeights',
    reads: ['rewardWeights'],
    message({ rewardWeights: weights }) {
      const allZero = weights.length > 0 && weights.every((weight) => weight === 0);
      return allZero ? 'At least one weight must differ from 0.' : null;
    },
  },
  ofRft(
    'importanceSamplingLevel',
    ['lossType'],
    ({ importanceSamplingLevel: level, lossType }) =>
      level === 'sequence' && ['token', 'completion'].includes(lossEntry(lossType).level ?? ''),
    (config) =>
      `${lossName(config)} decides by itself what its ratio is taken of: choose each token.`,
  ),
  ofRft(
    'delta',
    ['lossType'],
    ({ delta, lossType }) => delta > 0 && !lossEntry(lossType).clips,
    (config) => `${lossName(config)} does not clip, so there is no second side to clip: 0 is off.`,
  ),
  ofRft(
    'delta',
    ['epsilonHigh'],
    ({ delta, epsilonHigh }) => delta > 0 && delta <= 1 + epsilonHigh,
    ({ epsilonHigh }) =>
      `The second bound lies beyond the first: give more than 1 + ε high = ${1 + epsilonHigh}, or 0 for none.`,
  ),
  ofRft(
    'epsilonHigh',
    ['lossType'],
    ({ epsilonHigh, lossType }) => lossType === 'cispo' && epsilonHigh < 1,
    'CISPO caps the ratio at ε high itself, and the ratio starts at 1: give 1 or more (TRL’s advice is 5).',
  ),
  ofRft(
    'numIterations',
    ['lossType'],
    ({ numIterations, lossType }) => lossType === 'reinforce' && numIterations > 1,
    'REINFORCE has no ratio to correct for a policy that has moved on: use 1 update, or RLOO.',
  ),
  ofRft(
    'offPolicyMaskThreshold',
    ['numIterations'],
    ({ offPolicyMaskThreshold, numIterations }) =>
      offPolicyMaskThreshold > 0 && numIterations === 1,
    'With one update per batch the policy is the one that sampled: there is nothing off-policy to mask.',
  ),
  ofRft(
    'klEstimator',
    ['klInReward', 'beta'],
    ({ klEstimator, klInReward, beta }) => klEstimator === 'k1' && !klInReward && beta > 0,
    'As a loss k1 has a gradient that is 0 on average: use k2 or k3, or make the KL part of the reward.',
  ),
  ofRft(
    'useBiasCorrectionKl',
    ['klInReward', 'beta'],
    ({ useBiasCorrectionKl, klInReward, beta }) => useBiasCorrectionKl && klInReward && beta > 0,
    'The correction is for a KL in the loss; here it is part of the reward.',
  ),
  ofRft(
    'scaleRewards',
    ['advantageBaseline'],
    (config) => config.scaleRewards === 'group' && withoutGroup(config),
    'Without the group’s mean its spread means nothing: scale by the batch, or by nothing.',
  ),
  ofRft(
    'multiObjectiveAggregation',
    ['advantageBaseline'],
    ({ multiObjectiveAggregation, advantageBaseline }) =>
      multiObjectiveAggregation === 'normalize_then_sum' && advantageBaseline !== 'group',
    'Each reward is normalised by its group’s mean and spread: compare with the mean of the group.',
  ),
  ofRft(
    'multiObjectiveAggregation',
    ['klInReward', 'beta'],
    ({ multiObjectiveAggregation, klInReward, beta }) =>
      multiObjectiveAggregation === 'normalize_then_sum' && klInReward && beta > 0,
    'The KL is subtracted from the sum of the rewards: sum them first.',
  ),
  ofRft(
    'maxNumGenBatches',
    ['advantageBaseline'],
    (config) => config.maxNumGenBatches > 1 && withoutGroup(config),
    'Without a comparison inside the group a group without spread still teaches: 1 is off.',
  ),
];
