/** What reward code said and did wrong over a whole run, from the reports of its steps. */
import type { RewardErrorView, RewardReport } from './protocol.ts';

export interface RewardTotals {
  /** Scores that are missing because of an error, of the mistakes that were told. */
  errors: number;
  /** Steps with an error. */
  steps: number;
  /** Lines of log that were kept. */
  lines: number;
  /** Each different mistake once, with its count over the run, most frequent first. */
  mistakes: RewardErrorView[];
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

const countErrors = (errors: readonly RewardErrorView[]): number =>
  sum(errors.map(({ count }) => count));

/** The same mistake of the same reward at the same place is one mistake. */
function mistakesOf(reports: readonly RewardReport[]): RewardErrorView[] {
  const found = new Map<string, RewardErrorView>();
  for (const one of reports.flatMap(({ errors }) => errors)) {
    const { kind, message, line, column } = one.error;
    const key = JSON.stringify([one.name, kind, message, line, column]);
    const before = found.get(key);
    found.set(key, before ? { ...before, count: before.count + one.count } : one);
  }
  return [...found.values()].sort((a, b) => b.count - a.count);
}

export function rewardTotals(reports: readonly RewardReport[]): RewardTotals {
  return {
    errors: countErrors(reports.flatMap(({ errors }) => errors)),
    steps: reports.filter(({ errors }) => errors.length > 0).length,
    lines: sum(reports.flatMap(({ logs }) => logs.map(({ lines }) => lines.length))),
    mistakes: mistakesOf(reports),
  };
}
