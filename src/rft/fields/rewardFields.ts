/** What the policy is rewarded for. */
import {
  boolean,
  number,
  sampled,
  type ChangesField,
  type NumbersField,
  type RewardsField,
} from './kinds.ts';

export const rewardFields = {
  rewards: {
    kind: 'rewards',
    label: 'Reward functions',
    group: 'reward',
    methods: sampled,
    changeable: true,
    default: [],
    maxLength: 8,
    meaning:
      'The reward functions of the run: the task’s own, graders set up in a form, or code that you write.',
  } satisfies RewardsField,
  rewardWeights: {
    kind: 'numbers',
    changeable: true,
    label: 'Reward weights',
    group: 'reward',
    methods: sampled,
    default: [],
    min: -100,
    max: 100,
    maxLength: 16,
    meaning:
      'What each reward function contributes to the total; empty takes each one’s own weight.',
  } satisfies NumbersField,
  shuffleRewards: boolean({
    label: 'Shuffle rewards (control)',
    group: 'reward',
    methods: sampled,
    default: false,
    advanced: true,
    meaning: 'Deals the rewards of a step out at random: a control run that must not learn.',
  }),
  maxRewardErrorRatio: number({
    label: 'Pause above',
    group: 'reward',
    methods: sampled,
    default: 0.5,
    min: 0,
    max: 1,
    advanced: true,
    meaning:
      'The run pauses when a larger share of a step’s scores are errors of reward code; an error counts as missing, never as 0.',
  }),
  changes: {
    kind: 'changes',
    label: 'Changes on the way',
    group: 'reward',
    default: [],
    maxLength: 64,
    meaning:
      'Settings that take another value from a given step on; whoever opens the link repeats them.',
  } satisfies ChangesField,
} as const;
