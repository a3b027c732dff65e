/**
 * Rules about what the update has to go by: rewards that fail or never differ, completions that
 * are cut off, groups without spread. One small function a rule; thresholds with their reasons.
 */
import type { RunConfig } from '../../rft/configTable.ts';
import { percent } from '../dryRunWords.ts';
import type { StepMetrics } from '../protocol.ts';
import type { Rule } from './diagnosis.ts';
import { early, halves, recent, REWARD_FIELDS, rightShare, SOLVED, WINDOW } from './evidence.ts';
import type { Evidence } from './evidence.ts';
import { easierLevel, firstOf, longerCompletions, moreCompletions } from './remedies.ts';
import { isCode, isNoTaskReward, namesOf, ownRewards, without } from './rewardRemedies.ts';
import { above, LIKELY } from './series.ts';

/** A share of failures that is no odd case any more: one score in ten. */
const MANY_ERRORS = 0.1;
/** Steps after which errors are told: they are certain, so fewer than for a trend. */
const ERROR_STEPS = 5;
/** Scores that differ by less are the same; sums of weighted scores are not exact. */
const SAME = 1e-6;
/** Most groups, with room for a step's chance: eight groups a step swing by two or three. */
export const MOST_GROUPS = 0.6;
/** Below this share at the start there was spread to lose. */
const FEW_GROUPS = 0.3;
/** Nearly all; where fewer are cut, those that end are learnt from and cure it by themselves. */
const NEARLY_ALL = 0.7;

export function findRewardErrors(evidence: Evidence): string | null {
  const errors = recent(evidence, 'reward_error_ratio', ERROR_STEPS);
  if (errors === null || errors.mean < MANY_ERRORS) return null;
  const names = namesOf(evidence.config, isCode).join(', ');
  return `${percent(errors.mean)} of the scores were missing over the last ${ERROR_STEPS} steps because reward code failed (${names}).`;
}

/** True when every completion of the step got this score. */
const isAlways = (values: StepMetrics['values'], name: string, score: number): boolean =>
  Math.abs((values[`rewards/${name}/mean`] ?? NaN) - score) < SAME &&
  (values[`rewards/${name}/std`] ?? NaN) < SAME;

/**
 * The reward, and its one score, if all its scores since it came into force were the same. A score
 * of 0 counts only where the user made the reward: a task's own may be won late (the whole word).
 */
function constantReward(evidence: Evidence): { name: string; score: number } | null {
  const start = evidence.settled(['rewards']);
  const rows = evidence.rows.filter(({ step }) => step >= start);
  if (rows.length < WINDOW) return null;
  const ownNames = new Set(namesOf(evidence.config, ({ kind }) => kind === 'task'));
  for (const name of namesOf(evidence.config, () => true)) {
    const score = rows[0]?.values[`rewards/${name}/mean`];
    if (score === undefined || (score === 0 && ownNames.has(name))) continue;
    if (rows.every(({ values }) => isAlways(values, name, score))) return { name, score };
  }
  return null;
}

export function findRewardConstant(evidence: Evidence): string | null {
  const constant = constantReward(evidence);
  if (constant === null) return null;
  const { name, score } = constant;
  return `The reward “${name}” gave every completion the same score, ${Number(score.toPrecision(3))}.`;
}

export function findTruncated(evidence: Evidence): string | null {
  const cut = recent(evidence, 'completions/clipped_ratio');
  const reward = halves(evidence, 'reward');
  if (cut === null || reward === null || cut.mean < NEARLY_ALL) return null;
  const [before, after] = reward;
  if (above(after, before, LIKELY)) return null; // it learns from what it has written by then
  return `${percent(cut.mean)} of the completions were cut off at ${evidence.config.maxCompletionLength} tokens over the last ${WINDOW} steps.`;
}

/** Only where a completion is compared with its group does spread inside it matter. */
const comparesInGroup = ({ advantageBaseline }: RunConfig): boolean =>
  advantageBaseline === 'group' || advantageBaseline === 'leave_one_out';

/** True when the spread is gone because what is rewarded has been learnt. */
export function rewardIsWon(evidence: Evidence): boolean {
  const spreadless = recent(evidence, 'frac_reward_zero_std');
  const atFirst = early(evidence, 'frac_reward_zero_std', REWARD_FIELDS);
  const reward = recent(evidence, 'reward');
  const before = early(evidence, 'reward', REWARD_FIELDS);
  if (!spreadless || !atFirst || !reward || !before) return false;
  return (
    spreadless.mean >= MOST_GROUPS && atFirst.mean <= FEW_GROUPS && above(reward, before, LIKELY)
  );
}

export function findNoSpread(evidence: Evidence): string | null {
  const spreadless = recent(evidence, 'frac_reward_zero_std');
  const right = rightShare(evidence);
  if (spreadless === null || right === null || !comparesInGroup(evidence.config)) return null;
  if (spreadless.mean < MOST_GROUPS || right.mean >= SOLVED || rewardIsWon(evidence)) return null;
  return `${percent(spreadless.mean)} of groups had no spread over the last ${WINDOW} steps: none of their completions is better than the rest.`;
}

const sampled = ['rft', 'rejection'] as const;

export const signalRules: readonly Rule[] = [
  {
    id: 'rewardErrors',
    name: 'A reward fails',
    watches: 'rewards that fail or never vary',
    meaning:
      'The code of a reward throws or returns no number. Such a score is missing, not 0, so the policy learns nothing from those completions. The messages under the rollouts say in which line.',
    methods: sampled,
    explains: [],
    find: findRewardErrors,
    remedy: firstOf(without(isCode), ownRewards),
  },
  {
    id: 'rewardConstant',
    name: 'A reward never varies',
    watches: 'rewards that fail or never vary',
    meaning:
      'Only differences between completions of the same prompt teach. A score that is always the same tells none of them apart, so the reward might as well not be there.',
    methods: sampled,
    explains: ['noSpread'],
    find: findRewardConstant,
    remedy: firstOf(without(isNoTaskReward), ownRewards),
  },
  {
    id: 'truncated',
    name: 'Nearly everything is cut off',
    watches: 'completions cut off',
    meaning:
      'The policy is stopped before it has finished, so there is no answer to reward, however good its beginning was.',
    methods: sampled,
    explains: ['noSpread', 'entropyBlowUp', 'rateTooLow'],
    find: findTruncated,
    remedy: firstOf(longerCompletions, easierLevel),
  },
  {
    id: 'noSpread',
    name: 'No spread in most groups',
    watches: 'spread inside groups',
    meaning:
      'All completions of a prompt got the same reward, so none is better than its group and comparing them teaches nothing. More completions per prompt, or easier prompts, make it likelier that one stands out.',
    methods: sampled,
    explains: [],
    find: findNoSpread,
    remedy: firstOf(moreCompletions, easierLevel),
  },
];
