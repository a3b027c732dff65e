/**
 * How well a run does on the very prompts that it trains on, as its newest step tells: beside
 * held-out accuracy it shows what was learnt by heart. Sampling methods know the share of samples
 * that are right; SFT samples nothing and knows how likely it finds the texts that it imitates. Pure.
 */
import type { RunConfig } from '../rft/configTable.ts';
import type { StepMetrics } from './protocol.ts';

export interface TrainingFit {
  /** What `value` is: a share of samples that are right, or a mean probability of tokens. */
  of: 'samples' | 'tokens';
  value: number;
}

/** Of a token, by SFT's loss, which is the mean of −logp over tokens. */
export const tokenProbability = (loss: number): number => Math.exp(-loss);

/** Null before the first step. */
export function trainingFit(
  { method }: Pick<RunConfig, 'method'>,
  rows: readonly StepMetrics[],
): TrainingFit | null {
  const key = method === 'sft' ? 'loss' : 'train_accuracy';
  const value = rows.findLast(({ step, values }) => step > 0 && values[key] !== undefined)?.values[
    key
  ];
  if (value === undefined) return null;
  return method === 'sft'
    ? { of: 'tokens', value: tokenProbability(value) }
    : { of: 'samples', value };
}
