/**
 * Rollouts to scores: one column per reward function of the task, kept apart from the weighted
 * total and from the advantage.
 */
import type { RolloutRow } from '../../models/rollout.ts';
import type { PolicyTokenizer } from '../../models/tokenizer.ts';
import type { Example, Scored, Task } from '../tasks/task.ts';

/** A completion as text with its scores. */
export interface ScoredCompletion {
  text: string;
  /** It ended by itself and holds no special token but the closing eos. */
  ended: boolean;
  /** One per reward function of the task, in its order; null: nothing to say. */
  scores: (number | null)[];
  correct: boolean;
}

export function scoreCompletion(
  task: Task,
  example: Example,
  row: RolloutRow,
  tokenizer: PolicyTokenizer,
): ScoredCompletion {
  const written = row.finishReason === 'eos' ? row.completionIds.slice(0, -1) : row.completionIds;
  // Decoding leaves special tokens out, so one in the middle would pass for clean text.
  const specials = [tokenizer.bosId, tokenizer.eosId, tokenizer.padId];
  const ended = row.finishReason === 'eos' && !written.some((id) => specials.includes(id));
  const text = tokenizer.decode(written);
  const scored: Scored = { example, completion: text, ended };
  return {
    text,
    ended,
    scores: task.rewards.map((reward) => reward.score(scored)),
    correct: task.isCorrect(scored),
  };
}

/** The weights in force: the run's own where given, else the task's. */
export function rewardWeights(task: Task, configured: readonly number[]): readonly number[] {
  return configured.length === 0 ? task.rewards.map((reward) => reward.weight) : configured;
}
