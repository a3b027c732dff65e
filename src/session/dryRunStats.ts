/**
 * What a dry run's rows come to: statistics of each reward, the groups of the base policy's
 * samples, the gold answers that score lowest, and the most that a row could have scored.
 * Plain numbers for the panel and its words; nothing is judged here.
 */
import { gradedRange } from '../graders/prepareGrader.ts';
import type { RunConfig } from '../rft/configTable.ts';
import { isCodeReward, isTaskReward, rewardsOf, weightsOf } from '../rft/rewardSpec.ts';
import { taskOf } from '../tasks/index.ts';
import type { DryRow, DryRun } from './protocol.ts';

type Score = number | null;

/** Totals that differ by less are the same; sums of weighted scores are not exact. */
export const SAME = 1e-9;

export const present = (scores: readonly Score[]): number[] =>
  scores.filter((score): score is number => score !== null);

/** Null of nothing. */
export function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, x) => sum + x, 0) / values.length;
}

export const allAlike = (values: readonly number[]): boolean =>
  values.every((value) => Math.abs(value - (values[0] ?? 0)) < SAME);

export const rowsFrom = ({ rows }: DryRun, source: DryRow['source']): DryRow[] =>
  rows.filter((row) => row.source === source);

export const totalsOf = (rows: readonly DryRow[]): number[] =>
  present(rows.map(({ total }) => total));

export interface ColumnStats {
  name: string;
  /** Of the base policy's samples; null: there is no score at all. */
  mean: number | null;
  min: number | null;
  max: number | null;
  /** Share of the base policy's samples without a score. */
  missing: number;
  /** False when every score there is, is the same. */
  varies: boolean;
  /** Mean of the gold answers. */
  goldMean: number | null;
}

function statsOf(name: string, base: readonly Score[], gold: readonly Score[]): ColumnStats {
  const scores = present(base);
  const some = scores.length > 0;
  return {
    name,
    mean: mean(scores),
    min: some ? Math.min(...scores) : null,
    max: some ? Math.max(...scores) : null,
    missing: base.length === 0 ? 0 : 1 - scores.length / base.length,
    varies: !allAlike(scores),
    goldMean: mean(present(gold)),
  };
}

/** One a reward function, in their order. */
export function columnStats(dry: DryRun): ColumnStats[] {
  const base = rowsFrom(dry, 'base');
  const gold = rowsFrom(dry, 'gold');
  const column = (rows: readonly DryRow[], i: number): Score[] =>
    rows.map(({ scores }) => scores[i] ?? null);
  return dry.rewardNames.map((name, i) => statsOf(name, column(base, i), column(gold, i)));
}

/** The same of the weighted total. */
export function totalStats(dry: DryRun): ColumnStats {
  const totals = (source: DryRow['source']): Score[] =>
    rowsFrom(dry, source).map(({ total }) => total);
  return statsOf('total', totals('base'), totals('gold'));
}

/** The base policy's samples of one prompt. */
export interface DryGroup {
  prompt: string;
  /** Highest total first, missing ones last. */
  rows: DryRow[];
  mean: number | null;
  right: number;
  /** True when its totals are all the same: such a group teaches nothing. */
  alike: boolean;
}

const height = ({ total }: DryRow): number => total ?? -Infinity;
const highestFirst = (a: DryRow, b: DryRow): number =>
  height(a) === height(b) ? 0 : height(b) - height(a);

/** Prompt by prompt in the order of sampling; by place, for the same prompt may occur twice. */
export function dryGroups(dry: DryRun): DryGroup[] {
  const base = rowsFrom(dry, 'base');
  let from = 0;
  return dry.groups.map(({ length }) => {
    const rows = base.slice(from, (from += length));
    return {
      prompt: rows[0]?.prompt ?? '',
      rows: rows.toSorted(highestFirst),
      mean: mean(totalsOf(rows)),
      right: rows.filter(({ correct }) => correct).length,
      alike: allAlike(totalsOf(rows)),
    };
  });
}

/** The gold answers that score lowest, missing totals first. */
export const lowestGolds = (dry: DryRun, count: number): DryRow[] =>
  rowsFrom(dry, 'gold')
    .toSorted((a, b) => highestFirst(b, a))
    .slice(0, count);

/**
 * The most that a row could have scored with the rewards that had something to say of it: the end of
 * a grader's range, 1 from a task's reward, and from code, whose range is only a limit, the best that
 * was seen.
 */
export function topOf(dry: DryRun, config: RunConfig): (row: DryRow) => number {
  const task = taskOf(config);
  const weights = weightsOf(task, config);
  const specs = rewardsOf(task, config.rewards);
  const tops = specs.map((spec, i) => {
    const weight = weights[i] ?? 0;
    const seen = present(dry.rows.map(({ scores }) => scores[i] ?? null));
    const scores = isCodeReward(spec) ? seen : isTaskReward(spec) ? [0, 1] : gradedRange(spec);
    return Math.max(...scores.map((score) => score * weight));
  });
  return ({ scores }) =>
    scores.reduce<number>((sum, score, i) => (score === null ? sum : sum + (tops[i] ?? 0)), 0);
}
