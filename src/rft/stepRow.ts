/** What a step leaves behind: each completion with all that is known of it, and its metrics. */
import type { RolloutRow } from '../../models/rollout.ts';
import type { Example } from '../tasks/task.ts';
import type { ReadCompletion } from './reward.ts';
import type { RewardTrouble } from './rewardScorer.ts';

/** One completion with all that is known of it after the step. */
export interface StepRow {
  promptIndex: number;
  example: Example;
  rollout: RolloutRow;
  completion: ReadCompletion;
  /** The scores it was trained on: its own, unless rewards are shuffled. */
  scores: (number | null)[];
  reward: number | null;
  advantage: number;
}

/** What the update tells, read back once. */
export interface UpdateSums {
  loss: number;
  /** Mean over tokens; null where the step has no reference. */
  kl: number | null;
  gradNorm: number;
  learningRate: number;
  /** Metrics that only some losses have. */
  more: Record<string, number>;
}

export interface StepResult {
  /** Empty for a method that samples nothing. */
  rows: StepRow[];
  /** What reward code said and did wrong, and the share of scores that is missing for it. */
  trouble: readonly RewardTrouble[];
  errorRatio: number;
  /**
   * Plain numbers under TRL's names. They wait for the device to have made the update; whoever has
   * something to do with the rows does it meanwhile.
   */
  metrics: Promise<Record<string, number>>;
}

/** Looks at what was sampled just before the update is made of it; must change nothing. */
export type OnSampled = (rows: readonly StepRow[]) => Promise<void>;

/** Told what a step is about to do. */
export type OnPhase = (phase: 'sampling' | 'learning') => void;
