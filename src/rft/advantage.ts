/**
 * Rewards to advantages, as in GRPO (Shao et al., "DeepSeekMath", 2024, section 4.1.2: rewards
 * normalised within the group) and TRL's GRPOTrainer. Rows are completions, prompt-major:
 * `numGenerations` consecutive rows are one group; groups go by position, never by prompt text.
 * Pure numbers in, a new array out: rewards are never overwritten.
 */

export type ScaleRewards = 'group' | 'batch' | 'none';
/** What is subtracted from a reward; the names are TRL's trainers and papers in configTable. */
export type Baseline = 'group' | 'leave_one_out' | 'batch' | 'none';
export type Aggregation = 'sum_then_normalize' | 'normalize_then_sum';

export interface AdvantageOptions {
  numGenerations: number;
  /** One weight per reward function. */
  rewardWeights: readonly number[];
  scaleRewards: ScaleRewards;
  advantageBaseline: Baseline;
  multiObjectiveAggregation: Aggregation;
  /** Subtracted from each row's total: β times its KL, where that is part of the reward. */
  penalties?: readonly number[];
}

export interface Advantages {
  /**
   * Weighted total per row, whatever the aggregation, as TRL logs it; missing scores are left out,
   * null when every score is missing.
   */
  rewards: (number | null)[];
  /** 0 where the reward is null. */
  advantages: number[];
  /** Standard deviation of the totals within each row's group; TRL's is the batch's if it scales. */
  rewardStds: number[];
  /** Share of groups whose totals are all equal, in [0, 1]. */
  fracRewardZeroStd: number;
}

/** TRL's guard against division by zero. */
const stdEpsilon = 1e-4;
/** A spread below this counts as none (torch.isclose(std, 0)). */
const zeroStd = 1e-8;

const isNumber = (x: number | null): x is number => x !== null;

/**
 * Mean of the numbers present; null when there are none. Equal numbers have exactly themselves as
 * mean (8 × 0.1 / 8 does not), so that a group without spread gets advantages of exactly 0.
 */
function meanOf(values: readonly (number | null)[]): number | null {
  const present = values.filter(isNumber);
  const [first = null] = present;
  if (present.every((x) => x === first)) return first;
  return present.reduce((a, b) => a + b, 0) / present.length;
}

/** Unbiased standard deviation of the numbers present; 0 for fewer than two. */
export function standardDeviation(values: readonly (number | null)[]): number {
  const present = values.filter(isNumber);
  const mean = meanOf(present);
  if (mean === null || present.length < 2) return 0;
  const squares = present.reduce((sum, x) => sum + (x - mean) * (x - mean), 0);
  return Math.sqrt(squares / (present.length - 1));
}

function chunks<T>(rows: readonly T[], size: number): T[][] {
  const groups: T[][] = [];
  for (let i = 0; i < rows.length; i += size) groups.push(rows.slice(i, i + size));
  return groups;
}

/** The weighted sum of the scores that are there; null when none is. */
export function weightedTotal(
  scores: readonly (number | null)[],
  weights: readonly number[],
): number | null {
  if (!scores.some(isNumber)) return null;
  return scores.reduce<number>((sum, s, i) => (s === null ? sum : sum + s * (weights[i] ?? 0)), 0);
}

/** Distances from the mean; a missing reward neither gains nor loses. */
function centred(rewards: readonly (number | null)[]): number[] {
  const mean = meanOf(rewards) ?? 0;
  return rewards.map((reward) => (reward === null ? 0 : reward - mean));
}

/**
 * Distances from the mean of the others, n/(n − 1) times those from the mean of all
 * (Kool et al., "Buy 4 REINFORCE Samples, Get a Baseline for Free!", 2019, eq. 8).
 */
function leaveOneOut(rewards: readonly (number | null)[]): number[] {
  const present = rewards.filter(isNumber).length;
  if (present < 2) return rewards.map(() => 0);
  return centred(rewards).map((distance) => (distance * present) / (present - 1));
}

type Groups = readonly (readonly (number | null)[])[];

/** Rewards less their baseline, group by group. */
const baselines: Record<Baseline, (groups: Groups) => number[][]> = {
  group: (groups) => groups.map(centred),
  leave_one_out: (groups) => groups.map(leaveOneOut),
  batch: (groups) => chunks(centred(groups.flat()), groups[0]?.length ?? 1),
  none: (groups) => groups.map((group) => group.map((reward) => reward ?? 0)),
};

/** Every score minus its column's group mean, over the column's group spread. */
function normaliseColumns(group: readonly (readonly (number | null)[])[]): (number | null)[][] {
  const columns = group[0]?.length ?? 0;
  const statistics = Array.from({ length: columns }, (_, c) => {
    const column = group.map((row) => row[c] ?? null);
    return { mean: meanOf(column) ?? 0, std: standardDeviation(column) };
  });
  return group.map((row) =>
    row.map((score, c) => {
      const { mean, std } = statistics[c] ?? { mean: 0, std: 0 };
      return score === null ? null : (score - mean) / (std + stdEpsilon);
    }),
  );
}

/** What each group's differences are divided by. */
const divisors: Record<ScaleRewards, (groups: Groups, stds: readonly number[]) => number[]> = {
  group: (_, stds) => stds.map((std) => std + stdEpsilon),
  batch: (groups) => {
    const std = standardDeviation(groups.flat());
    return groups.map(() => std + stdEpsilon);
  },
  none: (groups) => groups.map(() => 1),
};

/** Weighted totals less their baseline, over their scale. */
function sumThenNormalize({ groups, stds }: Totals, options: AdvantageOptions): number[] {
  const divisor = divisors[options.scaleRewards](groups, stds);
  return baselines[options.advantageBaseline](groups).flatMap((group, g) =>
    group.map((distance) => distance / divisor[g]!),
  );
}

/** Each reward function normalised in its group, then summed and whitened over the batch. */
function normalizeThenSum(
  _: Totals,
  options: AdvantageOptions,
  rewardsPerFunc: readonly (readonly (number | null)[])[],
): number[] {
  const sums = chunks(rewardsPerFunc, options.numGenerations)
    .flatMap(normaliseColumns)
    .map((row) => weightedTotal(row, options.rewardWeights));
  const std = standardDeviation(sums);
  return centred(sums).map((distance) => distance / (std + stdEpsilon));
}

/** Whether each group of scores has any spread in its weighted totals: only then it teaches. */
export function groupsWithSpread(
  rewardsPerFunc: readonly (readonly (number | null)[])[],
  { rewardWeights, numGenerations }: Pick<AdvantageOptions, 'rewardWeights' | 'numGenerations'>,
): boolean[] {
  const totals = rewardsPerFunc.map((row) => weightedTotal(row, rewardWeights));
  return chunks(totals, numGenerations).map((group) => standardDeviation(group) >= zeroStd);
}

/** Weighted totals in their groups, each with its standard deviation. */
interface Totals {
  groups: Groups;
  stds: readonly number[];
}

const aggregations: Record<
  Aggregation,
  (
    totals: Totals,
    options: AdvantageOptions,
    rewardsPerFunc: readonly (readonly (number | null)[])[],
  ) => number[]
> = { sum_then_normalize: sumThenNormalize, normalize_then_sum: normalizeThenSum };

/**
 * `rewardsPerFunc`: one row per completion, one column per reward function, null where the
 * function had nothing to say; its length is a multiple of `numGenerations`.
 */
export function computeAdvantages(
  rewardsPerFunc: readonly (readonly (number | null)[])[],
  options: AdvantageOptions,
): Advantages {
  if (rewardsPerFunc.length === 0 || rewardsPerFunc.length % options.numGenerations !== 0) {
    throw new Error(
      `internal: ${String(rewardsPerFunc.length)} rows for groups of ${String(options.numGenerations)}`,
    );
  }
  const rewards = rewardsPerFunc.map((row, i) => {
    const total = weightedTotal(row, options.rewardWeights);
    return total === null ? null : total - (options.penalties?.[i] ?? 0);
  });
  const groups = chunks(rewards, options.numGenerations);
  const stds = groups.map(standardDeviation);
  const aggregate = aggregations[options.multiObjectiveAggregation];
  return {
    rewards,
    advantages: aggregate({ groups, stds }, options, rewardsPerFunc),
    rewardStds: groups.flatMap((group, g) => group.map(() => stds[g]!)),
    fracRewardZeroStd: stds.filter((std) => std < zeroStd).length / groups.length,
  };
}
