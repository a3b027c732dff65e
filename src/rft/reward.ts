/**
 * A completion as text, with what scoring needs to know of it.
 * The scores themselves come from a RewardScorer (rewardScorer.ts).
 */
import type { RolloutRow } from '../../models/rollout.ts';
import type { PolicyTokenizer } from '../../models/tokenizer.ts';
import type { Example, Task } from '../tasks/task.ts';

export interface ReadCompletion {
  text: string;
  /** It ended by itself and holds no special token but the closing eos. */
  ended: boolean;
  /** The task's own verdict, whatever it is rewarded for. */
  correct: boolean;
  /** Tokens, eos included. */
  length: number;
}

export function readCompletion(
  task: Task,
  example: Example,
  row: RolloutRow,
  tokenizer: PolicyTokenizer,
): ReadCompletion {
  const written = row.finishReason === 'eos' ? row.completionIds.slice(0, -1) : row.completionIds;
  // Decoding leaves special tokens out, so one in the middle would pass for clean text.
  const specials = [tokenizer.bosId, tokenizer.eosId, tokenizer.padId];
  const ended = row.finishReason === 'eos' && !written.some((id) => specials.includes(id));
  const text = tokenizer.decode(written);
  const correct = task.isCorrect({ example, completion: text, ended });
  return { text, ended, correct, length: row.completionIds.length };
}
