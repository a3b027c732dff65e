/** What reward code said and did wrong, counted and cut down for the page. */
import type { RewardTrouble } from '../src/rft/rewardScorer.ts';
import type { RewardErrorView, RewardReport } from '../src/session/protocol.ts';

/** Different mistakes of one reward that are told. */
const MOST_ERRORS = 8;

/** The same mistake at the same place is told once, with how often it happened. */
function countedErrors({ name, errors }: RewardTrouble, texts: readonly string[]) {
  const found = new Map<string, RewardErrorView>();
  for (const { index, error } of errors) {
    const key = JSON.stringify(error);
    const before = found.get(key);
    if (before) before.count += 1;
    else found.set(key, { name, error, count: 1, completion: texts[index] ?? '' });
  }
  return [...found.values()].sort((a, b) => b.count - a.count).slice(0, MOST_ERRORS);
}

/** @param texts the completions that were scored, in their order. */
export function rewardReport(
  trouble: readonly RewardTrouble[],
  texts: readonly string[],
): Omit<RewardReport, 'step'> {
  return {
    errors: trouble.flatMap((one) => countedErrors(one, texts)),
    logs: trouble.flatMap(({ name, logs }) =>
      logs.length > 0 ? [{ name, lines: [...logs] }] : [],
    ),
  };
}
