/**
 * What a rule may look at: a run's rows up to a step, cut so that stretches are comparable. A
 * change of the recipe on the way starts the recent stretch anew, which also keeps a rule quiet
 * until a remedy has had time to work. It judges nothing.
 */
import type { RunConfig } from '../../rft/configTable.ts';
import type { Changeable } from '../../rft/changeable.ts';
import { configAt } from '../../rft/recipeChange.ts';
import type { StepMetrics } from '../protocol.ts';
import { above, bestStretch, LIKELY, seriesOf, stretch, type Stretch } from './series.ts';

/** Steps that a finding rests on: with the default recipe, more than one round of the prompts. */
export const WINDOW = 10;
/** Steps that stand for the start: the warm-up, in which the policy has hardly moved. */
export const FIRST = 5;
/** Share of right completions above which nothing needs mending any more. */
export const SOLVED = 0.7;

type Field = keyof Changeable;

export interface Evidence {
  /** The settings in force at the next step. */
  config: RunConfig;
  /** Every step of training, from 1. */
  rows: readonly StepMetrics[];
  /** Those since anything was changed on the way. */
  since: readonly StepMetrics[];
  /** Rows with a held-out evaluation, the base policy's among them. */
  evaluations: readonly StepMetrics[];
  /** The first step (from 1) since one of the fields had its present value. */
  settled: (fields: readonly Field[]) => number;
}

/**
 * The first step under the last change of one of the fields (of any: null); 1 without a change.
 * A change for the step to come counts: what was told of the settings before it is settled.
 */
function lastChange(
  changes: RunConfig['changes'],
  step: number,
  fields: readonly Field[] | null,
): number {
  const due = changes.filter(
    (change) =>
      change.step <= step + 1 &&
      (fields === null || fields.some((field) => change[field] !== undefined)),
  );
  return due.at(-1)?.step ?? 1;
}

export function evidenceOf(all: readonly StepMetrics[], recipe: RunConfig): Evidence {
  const rows = all.filter(({ step }) => step > 0);
  const step = rows.at(-1)?.step ?? 0;
  const from = lastChange(recipe.changes, step, null);
  return {
    config: configAt(recipe, step + 1),
    rows,
    since: from === 1 ? rows : rows.filter((row) => row.step >= from),
    evaluations: all.filter(({ values }) => values['eval_pass@1'] !== undefined),
    settled: (fields) => lastChange(recipe.changes, step, fields),
  };
}

/** The last `size` steps of a metric since anything changed; null when there are fewer. */
export function recent({ since }: Evidence, key: string, size = WINDOW): Stretch | null {
  const values = seriesOf(since.slice(-size), key);
  return values.length < size ? null : stretch(values);
}

/** The first steps of a metric under the present value of these fields; null when too few. */
export function early(
  evidence: Evidence,
  key: string,
  fields: readonly Field[] = [],
  size = FIRST,
): Stretch | null {
  const from = evidence.settled(fields);
  const start = evidence.rows.findIndex(({ step }) => step >= from);
  const values = seriesOf(evidence.rows.slice(start, start + size), key);
  return values.length < size ? null : stretch(values);
}

/** The second half of the last steps against the first: at most two windows, at least one. */
export function halves({ since }: Evidence, key: string): [Stretch, Stretch] | null {
  const values = seriesOf(since.slice(-2 * WINDOW), key);
  if (values.length < WINDOW) return null;
  const middle = Math.floor(values.length / 2);
  const [before, after] = [stretch(values.slice(0, middle)), stretch(values.slice(middle))];
  return before && after && [before, after];
}

/** What a total reward depends on. */
export const REWARD_FIELDS = ['rewards', 'rewardWeights', 'temperature'] as const;
/** What the share of right completions depends on besides the policy. */
export const SAMPLING_FIELDS = ['temperature'] as const;

/**
 * Share of right completions, which the task itself judges whatever is rewarded; null for rows that
 * do not know it, and then nothing is said that rests on it.
 */
export const rightShare = (evidence: Evidence, size = WINDOW): Stretch | null =>
  recent(evidence, 'train_accuracy', size);

/** The same of the steps before the newest evaluation, to hold against what was held out. */
export function rightWhenEvaluated(evidence: Evidence): Stretch | null {
  const last = evidence.evaluations.at(-1)?.step ?? 0;
  const since = evidence.since.filter(({ step }) => step <= last);
  return rightShare({ ...evidence, since });
}

/** True when clearly more and more is right: whatever else is seen, it is getting there. */
export function isGettingThere(evidence: Evidence): boolean {
  const right = halves(evidence, 'train_accuracy');
  return right !== null && above(right[1], right[0], LIKELY);
}

/** True when clearly more is right than at the start; true as well where nobody knows. */
export function getsBetter(evidence: Evidence, size = WINDOW): boolean {
  const now = rightShare(evidence, size);
  const before = early(evidence, 'train_accuracy', SAMPLING_FIELDS);
  return now === null || before === null || above(now, before, LIKELY);
}

/** The best steps of the share that is right, and what the reward was then. */
export function bestSteps(
  evidence: Evidence,
  size: number,
): { right: Stretch; reward: Stretch } | null {
  const from = evidence.settled(REWARD_FIELDS);
  const rows = evidence.rows.filter(({ step }) => step >= from);
  const best = bestStretch(seriesOf(rows, 'train_accuracy'), size);
  if (best === null) return null;
  const then = rows.slice(best.first, best.first + size);
  const right = stretch(seriesOf(then, 'train_accuracy'));
  const reward = stretch(seriesOf(then, 'reward'));
  return right && reward && { right, reward };
}
