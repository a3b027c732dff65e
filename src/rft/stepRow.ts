/** What a step leaves behind: each completion with all that is known of it, and the update's sums. */
import type { RolloutRow } from '../../models/rollout.ts';
import type { Example } from '../tasks/task.ts';
import type { ScoredCompletion } from './reward.ts';

/** One completion with all that is known of it after the step. */
export interface StepRow {
  promptIndex: number;
  example: Example;
  rollout: RolloutRow;
  scored: ScoredCompletion;
  /** The scores it was trained on: its own, unless rewards are shuffled. */
  scores: (number | null)[];
  reward: number | null;
  advantage: number;
}

/** What the update tells, read back once. */
export interface UpdateSums {
  loss: number;
  kl: number;
  clippedLow: number;
  clippedHigh: number;
  gradNorm: number;
  learningRate: number;
}
