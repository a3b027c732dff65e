/**
 * One group of one step in formulas, each beside its numbers: rewards -> mean and spread ->
 * advantages -> change of the tokens. Formulas are parts, some of them symbols, so that a symbol
 * can be linked to the quantity on screen. It recomputes what the trainer computed, for display;
 * the trainer's own advantages are shown as they are. GRPO: Shao et al., "DeepSeekMath", 2024,
 * section 4.1.2; leave-one-out: Kool et al. 2019, eq. 8; credit is our name for A × Δ log π.
 */
import type { RunConfig } from '../rft/configTable.ts';
import { weightsOf } from '../rft/rewardSpec.ts';
import { taskOf } from '../tasks/index.ts';
import type { CompletionView, InspectionView } from './protocol.ts';

export type SymbolName =
  | 'prompt'
  | 'completion'
  | 'score'
  | 'weight'
  | 'reward'
  | 'size'
  | 'mean'
  | 'spread'
  | 'advantage'
  | 'change'
  | 'credit';

/** How a symbol is written, and what it stands for. */
export const symbols: Record<SymbolName, { sign: string; meaning: string }> = {
  prompt: { sign: 'x', meaning: 'the prompt' },
  completion: { sign: 'yᵢ', meaning: 'a completion' },
  score: { sign: 'rᵢₖ', meaning: 'what one reward gave a completion' },
  weight: { sign: 'wₖ', meaning: 'the weight of a reward' },
  reward: { sign: 'rᵢ', meaning: 'the reward of a completion' },
  size: { sign: 'G', meaning: 'the number of completions' },
  mean: { sign: 'r̄', meaning: 'the mean reward of the group' },
  spread: { sign: 's', meaning: 'the spread of the group’s rewards' },
  advantage: { sign: 'Aᵢ', meaning: 'the advantage of a completion' },
  change: { sign: 'Δᵢₜ', meaning: 'the change of a token’s log-probability' },
  credit: { sign: 'cᵢₜ', meaning: 'the credit of a token' },
};

/** A piece of a formula: words, or a symbol's sign or number. */
export type Part = string | { symbol: SymbolName; text: string };

/** The same formula twice: in signs and in numbers. */
export interface Formula {
  signs: readonly Part[];
  numbers: readonly Part[];
}

export interface WalkedCompletion {
  /** From 1, in the order shown. */
  number: number;
  completion: CompletionView;
  changes: readonly number[];
  likeliest: InspectionView['likeliest'][number];
  /** Sum of the changes: that of the whole completion's log-probability. */
  change: number;
}

/** The group, best first, with its statistics. */
export interface Walk {
  rows: readonly WalkedCompletion[];
  /** Completions with a reward. */
  size: number;
  mean: number;
  /** Divisor n − 1, as in TRL. */
  spread: number;
  /** Mean reward of the completions that were sampled afterwards. */
  meanAgain: number;
}

/** TRL's guard against division by zero. */
const EPSILON = 1e-4;

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const meanOf = (values: readonly number[]): number => sum(values) / Math.max(1, values.length);
const minus = (text: string): string => text.replace('-', '−');
const two = (value: number): string => minus(value.toFixed(2));
/**
 * With what a calculator needs to come to the same result: four digits that count, and four
 * decimals; zeros at the end go, down to two decimals.
 */
function exact(value: number): string {
  const leading = value === 0 ? 0 : Math.floor(Math.log10(Math.abs(value)));
  const digits = value.toFixed(Math.min(12, Math.max(4, 3 - leading)));
  return minus(digits.replace(/(\.\d\d\d*?)0+$/, '$1'));
}
const isScored = ({ reward }: CompletionView): boolean => reward !== null;
/** Best first; one without a reward comes last. */
const byReward = (a: CompletionView, b: CompletionView): number =>
  a.reward === null || b.reward === null
    ? Number(a.reward === null) - Number(b.reward === null)
    : b.reward - a.reward;
/** 0 where there is none, which is then in no mean and has an advantage of 0. */
const rewardOf = ({ reward }: CompletionView): number => reward ?? 0;
const rewardsOf = (all: readonly CompletionView[]): number[] =>
  all.flatMap(({ reward }) => (reward === null ? [] : [reward]));

export function walk({ group, changes, likeliest, again }: InspectionView): Walk {
  const rows = group.completions
    .map((completion, i) => ({
      completion,
      changes: changes[i] ?? [],
      likeliest: likeliest[i] ?? [],
      change: sum(changes[i] ?? []),
    }))
    .sort((a, b) => byReward(a.completion, b.completion))
    .map((row, i) => ({ number: i + 1, ...row }));
  const rewards = rewardsOf(rows.map(({ completion }) => completion));
  const mean = meanOf(rewards);
  const squares = sum(rewards.map((reward) => (reward - mean) ** 2));
  return {
    rows,
    size: rewards.length,
    mean,
    spread: Math.sqrt(squares / Math.max(1, rewards.length - 1)),
    meanAgain: meanOf(rewardsOf(again)),
  };
}

const sign = (symbol: SymbolName): Part => ({ symbol, text: symbols[symbol].sign });
const shown = (symbol: SymbolName, text: string): Part => ({ symbol, text });

/** rᵢ = Σₖ wₖ·rᵢₖ, missing scores left out; less β·KL where that is part of the reward. */
export function rewardFormula({ completion }: WalkedCompletion, config: RunConfig): Formula {
  const weights = weightsOf(taskOf(config), config);
  const present = completion.rewards.flatMap((score, k) =>
    score === null ? [] : [{ score, weight: weights[k] ?? 0 }],
  );
  const penalised = config.klInReward && config.beta > 0;
  const penalty = sum(present.map(({ score, weight }) => score * weight)) - rewardOf(completion);
  const terms = present.flatMap(({ score, weight }, k): Part[] => [
    ...(k > 0 ? [' + '] : []),
    shown('weight', minus(String(weight))),
    ' × ',
    shown('score', exact(score)),
  ]);
  return {
    signs: [
      ...[sign('reward'), ' = Σₖ ', sign('weight'), ' × ', sign('score')],
      ...(penalised ? [' − β·KL'] : []),
    ],
    numbers: [
      ...(terms.length > 0 ? terms : ['no score']),
      ...(penalised ? [` − ${exact(penalty)}`] : []),
      ...[' = ', shown('reward', exact(rewardOf(completion)))],
    ],
  };
}

/** More rewards than this are not all written out. */
const WRITTEN = 8;

/** r̄ = (r₁ + … + r_G) ÷ G */
export function meanFormula({ rows, size, mean }: Walk): Formula {
  const rewards = rewardsOf(rows.map(({ completion }) => completion));
  const written = rewards.slice(0, WRITTEN).map((reward) => shown('reward', exact(reward)));
  const terms = written.flatMap((part, i): Part[] => (i > 0 ? [' + ', part] : [part]));
  return {
    signs: [sign('mean'), ' = (Σᵢ ', sign('reward'), ') ÷ ', sign('size')],
    numbers: [
      ...['(', ...terms, rewards.length > WRITTEN ? ' + …) ÷ ' : ') ÷ '],
      ...[shown('size', String(size)), ' = ', shown('mean', exact(mean))],
    ],
  };
}

/** s = √(Σᵢ (rᵢ − r̄)² ÷ (G − 1)) */
export function spreadFormula({ size, spread }: Walk): Formula {
  const squares = spread ** 2 * (size - 1);
  return {
    signs: [
      ...[sign('spread'), ' = √( Σᵢ (', sign('reward'), ' − ', sign('mean')],
      ...[')² ÷ (', sign('size'), ' − 1) )'],
    ],
    numbers: [
      `√( ${exact(squares)} ÷ (`,
      ...[shown('size', String(size)), ' − 1) ) = ', shown('spread', exact(spread))],
    ],
  };
}

interface Baseline {
  signs: readonly Part[];
  numbers: (row: WalkedCompletion, walked: Walk) => readonly Part[];
  value: (row: WalkedCompletion, walked: Walk) => number;
}

const fromMean: Baseline = {
  signs: ['(', sign('reward'), ' − ', sign('mean'), ')'],
  numbers: ({ completion }, { mean }) => [
    ...['(', shown('reward', exact(rewardOf(completion))), ' − ', shown('mean', exact(mean)), ')'],
  ],
  value: ({ completion }, { mean }) => rewardOf(completion) - mean,
};

/** What is taken off the reward; null where it is not of this group. */
const baselines: Record<RunConfig['advantageBaseline'], Baseline | null> = {
  group: fromMean,
  leave_one_out: {
    signs: [...fromMean.signs, ' × ', sign('size'), ' ÷ (', sign('size'), ' − 1)'],
    numbers: (row, walked) => {
      const size = shown('size', String(walked.size));
      return [...fromMean.numbers(row, walked), ' × ', size, ' ÷ (', size, ' − 1)'];
    },
    value: (row, walked) =>
      walked.size < 2 ? 0 : (fromMean.value(row, walked) * walked.size) / (walked.size - 1),
  },
  none: {
    signs: [sign('reward')],
    numbers: ({ completion }) => [shown('reward', exact(rewardOf(completion)))],
    value: ({ completion }) => rewardOf(completion),
  },
  batch: null,
};

interface Divisor {
  signs: readonly Part[];
  numbers: (walked: Walk) => readonly Part[];
  value: (walked: Walk) => number;
}

/** What the difference is divided by; null where it is not of this group. */
const divisors: Record<RunConfig['scaleRewards'], Divisor | null> = {
  group: {
    signs: [' ÷ (', sign('spread'), ' + 0.0001)'],
    numbers: ({ spread }) => [' ÷ (', shown('spread', exact(spread)), ' + 0.0001)'],
    value: ({ spread }) => spread + EPSILON,
  },
  none: { signs: [], numbers: () => [], value: () => 1 },
  batch: null,
};

/** The parts that a recipe's advantage is made of; null where other groups play a part. */
function advantageParts(config: RunConfig): { baseline: Baseline; divisor: Divisor } | null {
  const { multiObjectiveAggregation, shuffleRewards } = config;
  const baseline = baselines[config.advantageBaseline];
  const divisor = divisors[config.scaleRewards];
  const plain = multiObjectiveAggregation === 'sum_then_normalize' && !shuffleRewards;
  return plain && baseline && divisor ? { baseline, divisor } : null;
}

/** The advantage as the group alone gives it; null where other groups play a part. */
export function advantageOf(row: WalkedCompletion, walked: Walk, config: RunConfig): number | null {
  const parts = advantageParts(config);
  if (!parts) return null;
  if (!isScored(row.completion)) return 0;
  return parts.baseline.value(row, walked) / parts.divisor.value(walked);
}

/** Aᵢ with its numbers; null where other groups play a part, whose numbers are not at hand. */
export function advantageFormula(
  row: WalkedCompletion,
  walked: Walk,
  config: RunConfig,
): Formula | null {
  const parts = advantageParts(config);
  if (!parts) return null;
  const { baseline, divisor } = parts;
  const result = shown('advantage', two(row.completion.advantage));
  return {
    signs: [sign('advantage'), ' = ', ...baseline.signs, ...divisor.signs],
    numbers: isScored(row.completion)
      ? [...baseline.numbers(row, walked), ...divisor.numbers(walked), ' = ', result]
      : ['no score: ', result],
  };
}

/** cᵢₜ = Aᵢ × Δᵢₜ, for the token at a place. */
export function creditFormula({ completion, changes }: WalkedCompletion, at: number): Formula {
  const change = changes[at] ?? 0;
  const four = (value: number): string => minus(value.toFixed(4));
  return {
    signs: [sign('credit'), ' = ', sign('advantage'), ' × ', sign('change')],
    numbers: [
      ...[shown('advantage', exact(completion.advantage)), ' × ', shown('change', exact(change))],
      ...[' = ', shown('credit', four(completion.advantage * change))],
    ],
  };
}

/** What was paid in a group in which no completion is right; null where one is. */
export function noneRightWords(
  { rows, spread }: Walk,
  rewardNames: readonly string[],
): string | null {
  if (rows.some(({ completion }) => completion.correct)) return null;
  if (spread < 1e-9) return 'No try was right, and all were paid the same.';
  const paid = rewardNames.filter((_, k) =>
    rows.some(({ completion }) => (completion.rewards[k] ?? 0) > 0),
  );
  const what = paid.join() === 'format' ? 'the form' : paid.join(', ');
  return `No try was right; ${what === '' ? 'rewards differ all the same' : `only ${what} was paid here`}.`;
}
