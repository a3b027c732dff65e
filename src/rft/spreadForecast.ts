/**
 * How many groups would teach something: a group teaches when its rewards are not all equal. From
 * m samples of a prompt, the chance that n of them, drawn without replacement, are all alike is
 * Σ_v C(c_v, n)/C(m, n), with c_v samples of reward v; this is the unbiased estimate that pass@k is
 * made with, too (Chen et al., "Evaluating Large Language Models Trained on Code", 2021, eq. 1).
 */

/** C(count, n)/C(all, n) as a product, which never overflows. */
function choiceRatio(count: number, all: number, n: number): number {
  let ratio = 1;
  for (let i = 0; i < n; i++) ratio *= Math.max(0, count - i) / (all - i);
  return ratio;
}

/** Chance in [0, 1] that a group of `size` has any spread; a missing score is no score. */
export function chanceOfSpread(totals: readonly (number | null)[], size: number): number {
  const present = totals.filter((total): total is number => total !== null);
  if (present.length < size) return Number(new Set(present).size > 1);
  const counts = new Map<number, number>();
  for (const total of present) counts.set(total, (counts.get(total) ?? 0) + 1);
  const alike = [...counts.values()].reduce(
    (sum, count) => sum + choiceRatio(count, present.length, size),
    0,
  );
  return 1 - alike;
}

/** Share of groups of `size` that would teach something, over prompts sampled several times. */
export function spreadShare(groups: readonly (readonly (number | null)[])[], size: number): number {
  if (groups.length === 0) return 0;
  return groups.reduce((sum, totals) => sum + chanceOfSpread(totals, size), 0) / groups.length;
}
