/** What reward code said and did wrong, counted and cut down for the page. */
import type { RewardTrouble } from '../src/rft/rewardScorer.ts';
import type { RewardErrorView, RewardReport } from '../src/session/protocol.ts';

/** Different mistakes of one reward, and lines of its log, that are told of a step. */
const MOST_ERRORS = 8;
const MOST_LINES = 100;

/** The same mistake at the same place is told once, with how often it happened. */
function countedErrors(name: string, errors: RewardTrouble['errors']): RewardErrorView[] {
  const found = new Map<string, RewardErrorView>();
  for (const { error, completion } of errors) {
    const key = JSON.stringify(error);
    const before = found.get(key);
    if (before) before.count += 1;
    else found.set(key, { name, error, count: 1, completion });
  }
  return [...found.values()].sort((a, b) => b.count - a.count).slice(0, MOST_ERRORS);
}

function cutLines(lines: readonly string[]): string[] {
  if (lines.length <= MOST_LINES) return [...lines];
  return [...lines.slice(0, MOST_LINES), `… ${lines.length - MOST_LINES} more lines`];
}

/** A step's trouble, which comes once for every batch that the step was sampled in. */
export function rewardReport(trouble: readonly RewardTrouble[]): Omit<RewardReport, 'step'> {
  const names = [...new Set(trouble.map(({ name }) => name))];
  const of = (wanted: string): RewardTrouble[] => trouble.filter(({ name }) => name === wanted);
  return {
    errors: names.flatMap((name) =>
      countedErrors(
        name,
        of(name).flatMap(({ errors }) => errors),
      ),
    ),
    logs: names.flatMap((name) => {
      const lines = cutLines(of(name).flatMap(({ logs }) => logs));
      return lines.length > 0 ? [{ name, lines }] : [];
    }),
  };
}
