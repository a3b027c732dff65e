/** Dry runs put together by hand: Countdown's rewards `correct` (weight 0.9) and `format` (0.1). */
import { parseConfig } from '../../src/rft/config.ts';
import type { RunConfig } from '../../src/rft/configTable.ts';
import type { DryRow, DryRun } from '../../src/session/protocol.ts';

/** A recipe of Countdown with some settings changed. */
export function recipe(changes: Partial<RunConfig> = {}): RunConfig {
  const { config, problems } = parseConfig({ task: 'countdown', ...changes });
  if (config === null) throw new Error(`internal: ${JSON.stringify(problems)}`);
  return config;
}

export function row(
  source: DryRow['source'],
  scores: (number | null)[],
  changes: Partial<DryRow> = {},
): DryRow {
  const weights = [0.9, 0.1];
  const total = scores.every((score) => score === null)
    ? null
    : scores.reduce<number>((sum, score, i) => sum + (score ?? 0) * weights[i]!, 0);
  const correct = scores[0] === 1;
  return { source, prompt: 'C1,2:3|', completion: 'x', scores, total, correct, ...changes };
}

/** Base rows of prompts of `size` samples each, then the others. */
export function dryRun(
  base: readonly DryRow[],
  size: number,
  others: readonly DryRow[] = [],
  changes: Partial<DryRun> = {},
): DryRun {
  const totals = base.map(({ total }) => total);
  const groups = Array.from({ length: base.length / size }, (_, g) =>
    totals.slice(g * size, (g + 1) * size),
  );
  const rewardNames = ['correct', 'format'];
  return { rewardNames, rows: [...base, ...others], groups, errors: [], logs: [], ...changes };
}

export const times = <T>(count: number, value: T): T[] =>
  Array.from({ length: count }, () => value);
