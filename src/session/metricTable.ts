/**
 * The metrics the page shows, one line each: label, unit, meaning and formula under TRL's keys.
 * It computes nothing; charts, legends and tables take their words from here. A key that is not
 * listed is still shown in the metrics table under its own name.
 */

/** How a number is written: a share as a percentage, a count without decimals, … */
export type MetricFormat = 'share' | 'number' | 'count' | 'seconds' | 'small';

export interface MetricInfo {
  label: string;
  format: MetricFormat;
  unit?: string;
  meaning: string;
  formula?: string;
}

const fixed: Record<string, MetricInfo> = {
  reward: {
    label: 'total',
    format: 'number',
    meaning: 'Weighted sum of the reward functions, mean over the step’s completions.',
    formula: 'mean over completions of Σ weight × score',
  },
  reward_std: {
    label: 'reward spread',
    format: 'number',
    meaning: 'Standard deviation of the reward within a group, mean over groups.',
    formula: 'mean over groups of √(Σ (reward − group mean)² ÷ (completions − 1))',
  },
  train_accuracy: {
    label: 'truly right',
    format: 'share',
    meaning:
      'Share of the step’s completions that the task itself calls right, whatever is rewarded.',
  },
  reward_error_ratio: {
    label: 'reward errors',
    format: 'share',
    meaning: 'Share of the scores that are missing because reward code failed.',
  },
  eval_reward_error_ratio: {
    label: 'held-out reward errors',
    format: 'share',
    meaning: 'Share of the held-out samples that reward code failed on.',
  },
  num_gen_batches: {
    label: 'batches',
    format: 'count',
    meaning: 'Batches sampled for the step; each further one replaces groups without spread.',
  },
  frac_reward_zero_std: {
    label: 'groups without spread',
    format: 'share',
    meaning: 'Share of groups whose completions all scored the same: none is better than the rest.',
    formula: 'groups with reward spread 0 ÷ groups',
  },
  eval_greedy: {
    label: 'greedy',
    format: 'share',
    meaning: 'Share of held-out prompts answered right when the likeliest token is always taken.',
    formula: 'right greedy answers ÷ held-out prompts',
  },
  'eval_pass@1': {
    label: 'pass@1',
    format: 'share',
    meaning:
      'Chance that one sampled answer to a held-out prompt is right. Often below greedy, since one unlikely token can spoil an answer; above it where sampling finds other right ones.',
    formula: 'right samples ÷ samples',
  },
  eval_reward: {
    label: 'held-out reward',
    format: 'number',
    meaning: 'Mean total reward of the sampled answers to held-out prompts.',
  },
  'eval_completions/mean_length': {
    label: 'held-out length',
    format: 'number',
    unit: 'tokens',
    meaning: 'Mean length of the sampled answers to held-out prompts.',
  },
  eval_time: { label: 'evaluation time', format: 'seconds', meaning: 'Time the evaluation took.' },
  entropy: {
    label: 'entropy',
    format: 'number',
    unit: 'nats',
    meaning: 'How undecided the policy is at each token; near 0 it has stopped exploring.',
    formula: 'mean over completion tokens of −Σ p · ln p',
  },
  kl: {
    label: 'KL',
    format: 'small',
    unit: 'nats',
    meaning:
      'How far the policy has moved from its reference, per token: the base policy, or what has followed it since.',
    formula: 'mean over completion tokens of the estimator; k3: exp(ref − logp) − (ref − logp) − 1',
  },
  'completions/mean_length': {
    label: 'mean length',
    format: 'number',
    unit: 'tokens',
    meaning: 'Tokens in a completion, its end token included.',
    formula: 'tokens of all completions ÷ completions',
  },
  'completions/clipped_ratio': {
    label: 'cut off',
    format: 'share',
    meaning: 'Share of completions that were cut at the longest length instead of ending.',
    formula: 'completions without an end token ÷ completions',
  },
  'completions/min_length': {
    label: 'shortest',
    format: 'count',
    unit: 'tokens',
    meaning: 'Length of the shortest completion.',
  },
  'completions/max_length': {
    label: 'longest',
    format: 'count',
    unit: 'tokens',
    meaning: 'Length of the longest completion.',
  },
  'completions/mean_terminated_length': {
    label: 'mean length of ended ones',
    format: 'number',
    unit: 'tokens',
    meaning: 'Mean length of the completions that ended by themselves.',
  },
  'clip_ratio/region_mean': {
    label: 'clipped tokens',
    format: 'share',
    meaning: 'Share of tokens whose probability ratio was clipped.',
  },
  'clip_ratio/low_mean': {
    label: 'clipped low',
    format: 'share',
    meaning: 'Share of tokens clipped below 1 − ε.',
    formula: 'tokens with advantage < 0 and ratio < 1 − ε ÷ tokens',
  },
  'clip_ratio/high_mean': {
    label: 'clipped high',
    format: 'share',
    meaning: 'Share of tokens clipped above 1 + ε high.',
    formula: 'tokens with advantage > 0 and ratio > 1 + ε high ÷ tokens',
  },
  'clip_ratio/low_min': {
    label: 'clipped low, least',
    format: 'share',
    meaning: 'Smallest share of tokens clipped below, of all completions.',
  },
  'clip_ratio/high_max': {
    label: 'clipped high, most',
    format: 'share',
    meaning: 'Largest share of tokens clipped above, of all completions.',
  },
  cispo_clip_ratio: {
    label: 'capped tokens',
    format: 'share',
    meaning: 'Share of tokens with a positive advantage whose ratio was capped at ε high.',
  },
  'vespo/phi_seq_mean': {
    label: 'mean weight φ',
    format: 'number',
    meaning: 'Mean weight of a completion; 1 while the policy is the one that sampled.',
  },
  policy_loss: {
    label: 'policy loss',
    format: 'small',
    meaning: 'The loss without the entropy bonus.',
  },
  entropy_coef: {
    label: 'entropy coefficient',
    format: 'small',
    meaning: 'What the entropy bonus is weighed with.',
  },
  grad_norm: {
    label: 'gradient norm',
    format: 'number',
    meaning: 'Length of the gradient before clipping.',
    formula: '√(Σ over parameters of gradient²)',
  },
  learning_rate: {
    label: 'learning rate',
    format: 'small',
    meaning: 'Learning rate of the step’s last update.',
  },
  loss: {
    label: 'loss',
    format: 'small',
    meaning:
      'Value of the loss. When texts are imitated: the mean negative log-likelihood of their tokens. With RFT it stays close to 0 whatever is learnt, so it is no sign of progress there.',
    formula: 'imitation: mean over tokens of −logp',
  },
  num_tokens: {
    label: 'tokens so far',
    format: 'count',
    unit: 'tokens',
    meaning: 'Prompt and completion tokens processed in training so far.',
  },
  tokens_per_second: {
    label: 'tokens per second',
    format: 'count',
    unit: 'tokens/s',
    meaning: 'Prompt and completion tokens of the step, divided by the time it took.',
    formula: 'growth of num_tokens ÷ step_time',
  },
  step_time: { label: 'step time', format: 'seconds', meaning: 'Time the step took.' },
};

/** Keys with a name or number inside; `$1` stands for it. */
const patterns: readonly { key: RegExp; info: MetricInfo }[] = [
  {
    key: /^rewards\/(.+)\/mean$/,
    info: {
      label: '$1',
      format: 'number',
      meaning: 'Mean score of this reward function, before its weight.',
    },
  },
  {
    key: /^rewards\/(.+)\/std$/,
    info: {
      label: '$1, spread',
      format: 'number',
      meaning: 'Standard deviation of this reward function’s scores.',
    },
  },
  {
    key: /^eval_pass@(\d+)$/,
    info: {
      label: 'pass@$1',
      format: 'share',
      meaning: 'Chance that at least one of $1 sampled answers to a held-out prompt is right.',
      formula: 'held-out prompts with a right answer among $1 samples ÷ held-out prompts',
    },
  },
];

/** What is known of a metric; an unknown key is described by its name alone. */
export function metricInfo(key: string): MetricInfo {
  const known = fixed[key];
  if (known !== undefined) return known;
  for (const { key: pattern, info } of patterns) {
    const match = pattern.exec(key);
    if (match === null) continue;
    const fill = (text: string): string => text.replace('$1', match[1]!);
    return {
      ...info,
      label: fill(info.label),
      meaning: fill(info.meaning),
      ...(info.formula === undefined ? {} : { formula: fill(info.formula) }),
    };
  }
  return { label: key, format: 'number', meaning: `The trainer’s metric ${key}.` };
}
