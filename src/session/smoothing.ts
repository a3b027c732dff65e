/**
 * How a noisy curve is smoothed on the charts: an exponential moving average, corrected for its
 * start at 0, so that the first value stands as it is. Pure. Tables and files keep what was
 * measured; only the eye gets this.
 */

/** How much of the average is kept from one value to the next. */
export const smoothings = { off: 0, light: 0.6, strong: 0.9 } as const;

export type Smoothing = keyof typeof smoothings;

export const smoothingNames = Object.keys(smoothings) as readonly Smoothing[];

/**
 * m ← w·m + (1 − w)·x, shown as m / (1 − wⁿ) after n values: Kingma & Ba, “Adam”, 2015, section 3.
 * A gap stays a gap and takes nothing from the average.
 */
export function smooth(values: readonly (number | null)[], weight: number): (number | null)[] {
  let mean = 0;
  let missing = 1;
  return values.map((value) => {
    if (value === null || weight === 0) return value;
    mean = weight * mean + (1 - weight) * value;
    missing *= weight;
    return mean / (1 - missing);
  });
}
