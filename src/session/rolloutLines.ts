/**
 * Completions as JSON Lines, one a line, for whoever wants to go on with them elsewhere. Keys are
 * TRL's where it has them (`prompt`, `completion`, `advantage`); nothing is rounded.
 */
import type { Match } from './rolloutSearch.ts';
import { textOf } from './rolloutSearch.ts';

function line({ rollout, group, completion }: Match): string {
  const { tokens, logps, entropies, changes, thinking, answer, finishReason, correct } = completion;
  return JSON.stringify({
    step: rollout.step,
    prompt_index: group.promptIndex,
    prompt: group.prompt,
    right_answer: group.answer,
    completion: textOf(completion),
    thinking,
    answer,
    rewards: Object.fromEntries(
      rollout.rewardNames.map((name, i) => [name, completion.rewards[i] ?? null]),
    ),
    reward: completion.reward,
    advantage: completion.advantage,
    correct,
    finish_reason: finishReason,
    tokens,
    // With the end token's last, where the policy ended by itself.
    logps,
    ...(entropies && { entropies }),
    ...(changes && { logp_changes: changes }),
  });
}

/** The file's text; every line ends with a line feed. */
export const rolloutLines = (matches: readonly Match[]): string =>
  matches.map((match) => `${line(match)}\n`).join('');
