/**
 * Which tokens the policy term learns from when only the most uncertain ones are to count
 * (Wang et al., "Beyond the 80/20 Rule", 2025, eq. 5; TRL's `top_entropy_quantile`). The entropies
 * are those at sampling; TRL takes the current policy's, which with one update per batch are the
 * same.
 */

/** Quantile q in [0, 1] with linear interpolation between neighbours, as torch.quantile has it. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const place = q * (sorted.length - 1);
  const below = sorted[Math.floor(place)] ?? NaN;
  const above = sorted[Math.ceil(place)] ?? NaN;
  return below + (above - below) * (place - Math.floor(place));
}

/** 1 for every token whose entropy is in the top `share` of all rows' tokens, else 0. */
export function entropyMask(rows: readonly (readonly number[])[], share: number): number[][] {
  const threshold = quantile(rows.flat(), 1 - share);
  return rows.map((row) => row.map((entropy) => Number(entropy >= threshold)));
}
