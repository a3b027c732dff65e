/**
 * What a run that was made again says of a receipt: the same bit for bit, the same within the
 * stated tolerance, or where it differs first and by how much. Pure.
 */
import { receiptMetrics, shortDigest, type Receipt, type ReceiptMetric } from './receipt.ts';

/**
 * How far a metric may be off on another device. There sums are rounded in another order, a token
 * turns out otherwise within a few steps, and from there on the runs are as alike as two runs of
 * nearby seeds: see test/bench/RESULTS.md for what was measured. `share` is of the claimed value.
 */
export const tolerances: Readonly<
  Partial<Record<ReceiptMetric, { most: number; of: 'value' | 'share' }>>
> = {
  reward: { most: 0.15, of: 'value' },
  eval_greedy: { most: 0.15, of: 'value' },
  'eval_pass@1': { most: 0.15, of: 'value' },
  'completions/mean_length': { most: 0.25, of: 'share' },
};

export interface ComparedValue {
  key: ReceiptMetric;
  claimed: number | null;
  here: number | null;
  /** Null: not compared, for the receipt does not tell it or no tolerance is stated for it. */
  within: boolean | null;
}

export interface ComparedMilestone {
  step: number;
  claimed: string;
  /** 16 hex digits; null: not reached yet, or there is none. */
  here: string | null;
  reached: boolean;
  values: readonly ComparedValue[];
}

export type Verdict =
  | { kind: 'identical' }
  /** It did not start from the claimed base policy; hashes as in the receipt. */
  | { kind: 'otherBase'; claimed: string; here: string }
  /** `step`: the first milestone whose digest is another. */
  | { kind: 'tolerance'; step: number }
  /** As `tolerance`, but at `step` there was no held-out accuracy to compare: it says nothing. */
  | { kind: 'unchecked'; step: number }
  /**
   * `value`: the first figure that is off, and its step. `bitsStep`: the first milestone whose digest
   * is another, most often an earlier one; null: none of those reached.
   */
  | { kind: 'different'; step: number; value: ComparedValue; bitsStep: number | null };

function isWithin(key: ReceiptMetric, claimed: number | null, here: number | null): boolean | null {
  if (claimed === null) return null;
  if (claimed === here) return true;
  if (here === null) return false;
  const tolerance = tolerances[key];
  if (!tolerance) return null;
  const scale = tolerance.of === 'share' ? Math.abs(claimed) : 1;
  return Math.abs(here - claimed) <= tolerance.most * scale;
}

type Row = { step: number; values: Readonly<Record<string, number>>; digest?: string };

/** Every milestone of the receipt beside what `rows` have there. */
export function compareMilestones(
  { milestones }: Receipt,
  rows: readonly Row[],
): ComparedMilestone[] {
  return milestones.map(({ step, digest, values }) => {
    const row = rows.find((one) => one.step === step);
    const keys = receiptMetrics.filter((key) => (values[key] ?? row?.values[key]) !== undefined);
    return {
      step,
      claimed: digest,
      here: row?.digest === undefined ? null : shortDigest(row.digest),
      reached: row !== undefined,
      values: keys.map((key) => {
        const claimed = values[key] ?? null;
        const here = row?.values[key] ?? null;
        return { key, claimed, here, within: isWithin(key, claimed, here) };
      }),
    };
  });
}

/** Whether a figure speaks against the claim: with the claimed bits, any that is not the same. */
const isOff = ({ claimed, here, within }: ComparedValue, sameBits: boolean): boolean =>
  sameBits ? claimed !== null && claimed !== here : within === false;

const hasAccuracy = ({ values }: ComparedMilestone): boolean =>
  values.some(({ key, within }) => key === 'eval_greedy' && within !== null);

/**
 * Null as long as nothing can be said: milestones are missing, and none of those that were reached
 * differs. Equal digests with unequal figures are a difference however small: such figures were
 * not measured on that run.
 * @param hereBase hash of the base policy of the run that was made again; null: not known yet.
 */
export function verdictOf(
  { policyHash }: Receipt,
  milestones: readonly ComparedMilestone[],
  hereBase: string | null,
): Verdict | null {
  if (hereBase !== null && shortDigest(hereBase) !== policyHash) {
    return { kind: 'otherBase', claimed: policyHash, here: shortDigest(hereBase) };
  }
  const reached = milestones.filter((one) => one.reached);
  const bitsStep = reached.find(({ claimed, here }) => claimed !== here)?.step ?? null;
  for (const { step, claimed, here, values } of reached) {
    const value = values.find((one) => isOff(one, claimed === here));
    if (value) return { kind: 'different', step, value, bitsStep };
  }
  if (reached.length < milestones.length) return null;
  if (bitsStep === null) return { kind: 'identical' };
  const bare = reached.find((one) => !hasAccuracy(one));
  return bare ? { kind: 'unchecked', step: bare.step } : { kind: 'tolerance', step: bitsStep };
}
