/**
 * Held-out accuracy before and after fine-tuning, as exact fractions: of a run's own evaluations,
 * or of the default lesson as it was measured for README.md. Pure.
 */
import type { RunConfig } from '../rft/configTable.ts';
import type { StepMetrics } from './protocol.ts';
import { decimalRatio, ratio, type Ratio } from './ratio.ts';
import { promptCounts } from './runData.ts';

export interface HeldOutPair {
  base: Ratio;
  tuned: Ratio;
  /** The step of the tuned one. */
  step: number;
  /** Held-out prompts that it was measured on. */
  prompts: number;
}

/**
 * The default recipe of the calculator chain: base policy 9 of 150 right, tuned 438 of 450 in three
 * seeds together (test/bench/evidence.json, calculatorChain/rft-64, greedy).
 */
export const defaultLesson: HeldOutPair = {
  base: ratio(9, 150),
  tuned: ratio(438, 450),
  step: 60,
  prompts: 150,
};

/** A share of `prompts` as the count it came from, where it is one. */
function shareRatio(value: number, prompts: number): Ratio {
  const right = Math.round(value * prompts);
  const isCount = prompts > 0 && Math.abs(value * prompts - right) < 1e-6;
  return isCount ? ratio(right, prompts) : decimalRatio(value);
}

/** Null until a run has been measured before its first step and after a later one. */
export function heldOutPair(rows: readonly StepMetrics[], config: RunConfig): HeldOutPair | null {
  const measured = rows.filter(({ values }) => values['eval_greedy'] !== undefined);
  const [first, last] = [measured[0], measured.at(-1)];
  if (first?.step !== 0 || last === undefined || last.step === 0) return null;
  const { heldOut: prompts } = promptCounts(config);
  const share = ({ values }: StepMetrics): Ratio => shareRatio(values['eval_greedy'] ?? 0, prompts);
  return { base: share(first), tuned: share(last), step: last.step, prompts };
}
