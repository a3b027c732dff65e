/**
 * A dry run in sentences, each with its number, the most important first: what is wrong with the
 * rewards, and how many groups of a run would teach something. The forecast is of totals (see
 * rft/spreadForecast.ts): rewards that are compared one by one may have spread where totals have none.
 */
import type { RunConfig } from '../rft/configTable.ts';
import { spreadShare } from '../rft/spreadForecast.ts';
import {
  allAlike,
  columnStats,
  mean,
  rowsFrom,
  SAME,
  topOf,
  totalsOf,
  type ColumnStats,
} from './dryRunStats.ts';
import type { DryRow, DryRun, RewardErrorView } from './protocol.ts';
import { solutionsOf } from './solutionWords.ts';

/** Bad: the run would fail or learn the wrong thing. Warn: it would learn less than it could. */
export type RemarkLevel = 'bad' | 'warn' | 'good';

export interface Remark {
  level: RemarkLevel;
  text: string;
}

/** What the checks below look at. */
interface Facts {
  dry: DryRun;
  config: RunConfig;
  base: DryRow[];
  gold: DryRow[];
  /** Of the base policy's samples, missing ones left out. */
  totals: number[];
  top: (row: DryRow) => number;
}

type Check = (facts: Facts) => Remark[];

const bad = (text: string): Remark[] => [{ level: 'bad', text }];
const warn = (text: string): Remark[] => [{ level: 'warn', text }];

/** 0.714 -> `71 %`; never rounded to nothing or to everything. */
export function percent(value: number): string {
  const rounded = Math.round(value * 100);
  if (rounded === 0 && value > 0) return 'under 1\u202f%';
  if (rounded === 100 && value < 1) return 'over 99\u202f%';
  return `${rounded}\u202f%`;
}

/** A score in words: at most two decimals, with a real minus sign. */
const scoreText = (value: number): string =>
  String(Number(value.toFixed(2)) + 0).replace('-', '\u2212');

/** How far a share of groups with spread is worth a run. */
const FEW = 0.4;
const PLENTY = 0.8;
/** How much better another size must be to be named. */
const WORTH = 0.1;
const SIZES = [4, 16, 32] as const;

function failureText({ dry }: Facts, name: string, errors: readonly RewardErrorView[]): string {
  const column = dry.rewardNames.indexOf(name);
  const missing = dry.rows.filter(({ scores }) => (scores[column] ?? null) === null).length;
  const failed = errors.reduce((sum, { count }) => sum + count, 0);
  const share = `${percent(missing / dry.rows.length)} of the scores of ${name} are missing`;
  // Not every kind of mistake is told where there are many, and code may have nothing to say.
  const why =
    failed === missing
      ? `because its code failed (${failed} of ${dry.rows.length} texts)`
      : `(${missing} of ${dry.rows.length} texts), at least ${failed} because its code failed`;
  const { line, message } = errors[0]!.error;
  return `${share} ${why}; most often${line === null ? '' : ` at line ${line}`}: ${message}`;
}

const failures: Check = (facts) =>
  facts.dry.rewardNames.flatMap((name) => {
    const errors = facts.dry.errors.filter((error) => error.name === name);
    return errors.length === 0 ? [] : bad(failureText(facts, name, errors));
  });

/** Everything scores the same: no group could teach anything. */
const noDifference: Check = ({ base, gold, totals, top }) => {
  const [first] = totals;
  if (base.length === 0) return bad('Nothing was sampled, so nothing can be said of a run.');
  if (first === undefined) {
    return bad(
      `None of the ${base.length} sampled completions has a score: nothing to learn from.`,
    );
  }
  if (!allAlike(totals)) return [];
  const all = `All ${totals.length} scored samples`;
  if (first < SAME) {
    return bad(
      `Nothing ever scores: ${all.toLowerCase()} get ${scoreText(first)}, so there is no signal to ` +
        'learn from. Choose an easier level, or add a reward that gives partial credit.',
    );
  }
  const best = Math.max(...[...base, ...gold].map(top));
  if (first > best - SAME) {
    return bad(
      `${all} get the top score, ${scoreText(first)}: nothing is left to learn. ` +
        'Choose a harder level, or a reward that asks for more.',
    );
  }
  return bad(
    `${all} get the same, ${scoreText(first)}, so no group would teach anything. ` +
      'Add a reward that tells better completions from worse.',
  );
};

const goldsBelow: Check = ({ gold, top, config }) => {
  const scored = gold.filter(({ total }) => total !== null);
  const below = scored.filter((row) => (row.total ?? 0) < top(row) - SAME);
  if (below.length === 0) return [];
  const best = Math.max(...below.map(top));
  const lowest = Math.min(...totalsOf(below));
  const text =
    `${below.length} of ${scored.length} ${solutionsOf(config)} score below ${scoreText(best)}, the lowest ` +
    `${scoreText(lowest)}: the reward does not agree with the right answers.`;
  return lowest < best / 2 ? bad(text) : warn(text);
};

const wrongPaysMore: Check = ({ base }) => {
  const averages = [false, true].map((right) => {
    const totals = totalsOf(base.filter(({ correct }) => correct === right));
    return { mean: mean(totals), count: totals.length };
  });
  const [wrong, right] = averages;
  if (!wrong || !right || wrong.mean === null || right.mean === null) return [];
  if (wrong.mean <= right.mean + SAME) return [];
  return bad(
    `Wrong completions score higher than right ones: ${scoreText(wrong.mean)} on average of ` +
      `${wrong.count} wrong, ${scoreText(right.mean)} of ${right.count} right. A run would learn ` +
      'to please the reward and not to answer.',
  );
};

const wrongAtTop: Check = ({ base, top, totals }) => {
  const wrong = base.filter(({ correct, total }) => !correct && total !== null);
  const paid = wrong.filter((row) => (row.total ?? 0) > Math.max(SAME, top(row) - SAME));
  if (paid.length === 0 || allAlike(totals)) return [];
  return warn(
    `${paid.length} of ${wrong.length} wrong completions get the top score: a run can learn to ` +
      'collect the reward without being right.',
  );
};

/** What another number of completions would change, where that is worth a sentence. */
function otherSize(
  share: number,
  size: number,
  at: (size: number) => number,
  most: number,
): string {
  const sizes = SIZES.filter((other) => other <= most && other !== size);
  if (share >= PLENTY) {
    const fewer = sizes.find((other) => other < size && at(other) >= PLENTY);
    if (fewer === undefined) return '';
    return ` With ${fewer}, which takes ${percent(fewer / size)} of the sampling, still ${percent(at(fewer))}.`;
  }
  const more = sizes.find((other) => other > size && at(other) >= share + WORTH);
  return more === undefined ? '' : ` With ${more}, it would be ${percent(at(more))}.`;
}

/** Few groups with spread: because most prompts are too hard, or too easy. */
function fewAdvice(totals: readonly number[]): string {
  const middle = (Math.min(...totals) + Math.max(...totals)) / 2;
  return (mean(totals) ?? 0) < middle
    ? ' Most samples score low: choose an easier level, or add partial credit.'
    : ' Most samples score high already: choose a harder level, or ask for more.';
}

/** With these baselines a group is not compared with itself, and teaches without spread, too. */
const comparesBeyondGroup = ({ method, advantageBaseline }: RunConfig): boolean =>
  method === 'rft' && (advantageBaseline === 'batch' || advantageBaseline === 'none');

const forecast: Check = ({ dry, config, totals }) => {
  if (totals.length === 0 || allAlike(totals)) return [];
  const groups = dry.groups.map((group) =>
    group.map((total) => (total === null ? null : Math.round(total / SAME) * SAME)),
  );
  const size = config.numGenerations;
  const at = (other: number): number => spreadShare(groups, other);
  const share = at(size);
  const start = `With ${size} completions per prompt, ${percent(share)} of groups would`;
  if (comparesBeyondGroup(config)) {
    const text = `${start} score differently within; as rewards are not compared within groups, the others teach as well.`;
    return [{ level: 'good', text }];
  }
  const other = otherSize(share, size, at, Math.min(...groups.map(({ length }) => length)));
  if (share >= FEW) return [{ level: 'good', text: `${start} teach something.${other}` }];
  return warn(`${start} teach something.${other}${fewAdvice(totals)}`);
};

function neverVaries({ name, mean: score, missing, varies }: ColumnStats): Remark[] {
  if (score === null) return warn(`${name} has no score for any sampled completion.`);
  if (varies) return [];
  // A total without a score differs from one with it, so such a reward may still teach.
  if (missing > 0)
    return warn(`${name} gives ${scoreText(score)} wherever it gives a score at all.`);
  return warn(
    `${name} never varies: it gives every sampled completion ${scoreText(score)}, so it teaches nothing for now.`,
  );
}

const constantColumns: Check = ({ dry, totals }) =>
  dry.rewardNames.length < 2 || allAlike(totals) ? [] : columnStats(dry).flatMap(neverVaries);

/** In order of importance among remarks of one level. */
const checks: readonly Check[] = [
  failures,
  noDifference,
  goldsBelow,
  wrongPaysMore,
  forecast,
  wrongAtTop,
  constantColumns,
];

const order: Record<RemarkLevel, number> = { bad: 0, warn: 1, good: 2 };

/** Everything there is to say of a dry run with a recipe; never empty. */
export function dryRunWords(dry: DryRun, config: RunConfig): Remark[] {
  const base = rowsFrom(dry, 'base');
  const facts: Facts = {
    dry,
    config,
    base,
    gold: rowsFrom(dry, 'gold'),
    totals: totalsOf(base),
    top: topOf(dry, config),
  };
  return checks
    .flatMap((check) => check(facts))
    .toSorted((a, b) => order[a.level] - order[b.level]);
}
