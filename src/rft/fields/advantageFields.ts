/** How rewards become advantages, and what holds the policy to its reference. */
import { boolean, choice, integer, number, rftOnly } from './kinds.ts';

export const advantageFields = {
  advantageBaseline: choice({
    label: 'Compared with',
    group: 'method',
    methods: rftOnly,
    default: 'group',
    advanced: true,
    choices: [
      { value: 'group', label: 'the mean of its group (GRPO)' },
      { value: 'leave_one_out', label: 'the mean of the others in its group (RLOO)' },
      { value: 'batch', label: 'the mean of the step (REINFORCE with baseline)' },
      { value: 'none', label: 'nothing (plain REINFORCE)' },
    ],
    meaning: 'What is subtracted from a completion’s reward to give its advantage.',
  }),
  scaleRewards: choice({
    label: 'Scale advantages by',
    group: 'method',
    methods: rftOnly,
    default: 'group',
    choices: [
      { value: 'group', label: 'spread of the group' },
      { value: 'batch', label: 'spread of the batch' },
      { value: 'none', label: 'nothing' },
    ],
    meaning:
      'Advantages are divided by the standard deviation of the rewards in the group or batch.',
  }),
  multiObjectiveAggregation: choice({
    label: 'Several rewards',
    group: 'method',
    methods: rftOnly,
    default: 'sum_then_normalize',
    advanced: true,
    choices: [
      { value: 'sum_then_normalize', label: 'sum, then normalise' },
      { value: 'normalize_then_sum', label: 'normalise each, then sum' },
    ],
    meaning:
      'Whether the weighted rewards are added before or after they are compared in the group.',
  }),
  beta: number({
    changeable: true,
    label: 'KL coefficient β',
    group: 'method',
    methods: rftOnly,
    default: 0,
    min: 0,
    max: 10,
    meaning: 'Pulls the policy back towards the base policy; 0 leaves it free.',
  }),
  klEstimator: choice({
    label: 'KL estimator',
    group: 'method',
    methods: rftOnly,
    when: { field: 'beta', above: 0 },
    default: 'k3',
    advanced: true,
    choices: [
      { value: 'k1', label: 'k1: log ratio (unbiased, noisy)' },
      { value: 'k2', label: 'k2: half its square (right gradient as a loss)' },
      { value: 'k3', label: 'k3: never negative, low variance (GRPO)' },
    ],
    meaning:
      'How the divergence from the reference is estimated from the sampled tokens (Schulman, “Approximating KL divergence”, 2020).',
  }),
  klInReward: boolean({
    label: 'KL as part of the reward',
    group: 'method',
    methods: rftOnly,
    when: { field: 'beta', above: 0 },
    default: false,
    advanced: true,
    meaning:
      'Subtracts β times a completion’s KL from its reward, as RLOO does, instead of adding it to the loss.',
  }),
  useBiasCorrectionKl: boolean({
    label: 'KL corrected for drift',
    group: 'method',
    methods: rftOnly,
    when: { field: 'beta', above: 0 },
    default: false,
    advanced: true,
    meaning: 'Multiplies the KL by the probability ratio, which makes its gradient unbiased.',
  }),
  syncRefModel: boolean({
    label: 'Reference follows',
    group: 'method',
    methods: rftOnly,
    when: { field: 'beta', above: 0 },
    default: false,
    advanced: true,
    meaning:
      'Moves the reference towards the policy now and then (TR-DPO, arXiv 2404.09656), instead of keeping the base policy.',
  }),
  refModelSyncSteps: integer({
    label: 'Reference moves every',
    group: 'method',
    methods: rftOnly,
    when: { field: 'syncRefModel', oneOf: [true] },
    default: 16,
    min: 1,
    max: 5000,
    advanced: true,
    unit: 'steps',
    meaning: 'How many steps lie between two moves of the reference.',
  }),
  refModelMixupAlpha: number({
    label: 'Reference mixes in',
    group: 'method',
    methods: rftOnly,
    when: { field: 'syncRefModel', oneOf: [true] },
    default: 0.6,
    min: 0,
    aboveMin: true,
    max: 1,
    advanced: true,
    meaning: 'The policy’s share α of the moved reference: α·policy + (1 − α)·reference.',
  }),
} as const;
