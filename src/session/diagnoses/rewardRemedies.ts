/**
 * What usually helps where the rewards are at fault: other rewards, fewer, or one more. Each is a
 * function of the settings in force and gives as many weights as rewards. Nothing is applied here.
 */
import { configTable, type RunConfig } from '../../rft/configTable.ts';
import { isCodeReward, isTaskReward, ownWeights, rewardsOf } from '../../rft/rewardSpec.ts';
import { taskOf } from '../../tasks/index.ts';
import type { Suggest } from './remedies.ts';

const rewardsIn = (config: RunConfig) => rewardsOf(taskOf(config), config.rewards);
const weightsIn = (config: RunConfig): readonly number[] =>
  config.rewardWeights.length > 0
    ? config.rewardWeights
    : ownWeights(taskOf(config), config.rewards);

type Spec = ReturnType<typeof rewardsIn>[number];

/** The task's own rewards, where others are in force. */
export const ownRewards: Suggest = (config) => {
  const own = rewardsOf(taskOf(config), []).map(({ name }) => name);
  const given = rewardsIn(config);
  const same =
    given.length === own.length &&
    given.every((spec) => isTaskReward(spec) && own.includes(spec.name));
  if (same) return null;
  return {
    label: `score by the task’s own: ${own.join(', ')}`,
    changes: { rewards: [], rewardWeights: [] },
  };
};

/** Without the rewards that are meant, as long as others with any weight are left. */
export const without =
  (isMeant: (spec: Spec) => boolean): Suggest =>
  (config) => {
    const weights = weightsIn(config);
    const specs = rewardsIn(config).map((spec, i) => ({ spec, weight: weights[i] ?? 1 }));
    const kept = specs.filter(({ spec }) => !isMeant(spec));
    const gone = specs.filter(({ spec }) => isMeant(spec)).map(({ spec }) => spec.name);
    if (gone.length === 0 || kept.every(({ weight }) => weight === 0)) return null;
    return {
      label: `go on without ${gone.join(' and ')}`,
      changes: {
        rewards: kept.map(({ spec }) => spec),
        rewardWeights: kept.map(({ weight }) => weight),
      },
    };
  };

export const isFormat = (spec: Spec): boolean =>
  spec.kind === 'format' || (isTaskReward(spec) && spec.name === 'format');
export const paysLength = ({ kind }: Spec): boolean => kind === 'length_target';
export const looksAtLength = (spec: Spec): boolean => paysLength(spec) || spec.kind === 'overlong';
export const isNoTaskReward = (spec: Spec): boolean => !isTaskReward(spec);
export const isCode = isCodeReward;

/** Names of the rewards in force that `isMeant` picks. */
export const namesOf = (config: RunConfig, isMeant: (spec: Spec) => boolean): string[] =>
  rewardsIn(config)
    .filter(isMeant)
    .map(({ name }) => name);

/** The task's own rewards, but only where one that is meant is among those in force. */
export const ownInsteadOf =
  (isMeant: (spec: Spec) => boolean): Suggest =>
  (config) =>
    namesOf(config, isMeant).length > 0 ? ownRewards(config) : null;

const OVERLONG = { kind: 'overlong', name: 'too_long', max: 0 } as const;

/** A punishment for coming near the limit, beside the rewards in force. */
export const overlongPunishment: Suggest = (config) => {
  const specs = rewardsIn(config);
  const most = configTable.rewards.maxLength;
  if (
    specs.length >= most ||
    specs.some(({ kind, name }) => kind === 'overlong' || name === OVERLONG.name)
  )
    return null;
  const cache = Math.max(1, Math.ceil(config.maxCompletionLength / 3));
  return {
    label: 'take reward away near the length limit',
    changes: {
      rewards: [...specs, { ...OVERLONG, cache }],
      rewardWeights: [...weightsIn(config).slice(0, specs.length), 1],
    },
  };
};
