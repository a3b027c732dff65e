/** A step's rows as the plain, readable groups the page shows. */
import type { Learner } from '../src/rft/learner.ts';
import type { StepRow } from '../src/rft/stepRow.ts';
import type { Likeliest } from './alternatives.ts';
import type { CompletionView, GroupView, RolloutView } from '../src/session/protocol.ts';

function completionView(
  learner: Learner,
  row: StepRow,
  likeliest: Likeliest | undefined,
): CompletionView {
  const { rollout, completion } = row;
  const shown = completion.ended ? rollout.completionIds.slice(0, -1) : rollout.completionIds;
  const { thinking, answer } = learner.task.parts(completion.text);
  return {
    tokens: shown.map((id) => learner.tokenizer.token(id)),
    logps: rollout.samplingLogps,
    entropies: rollout.entropies,
    ...(likeliest && { likeliest }),
    thinking,
    answer,
    finishReason: rollout.finishReason,
    rewards: row.scores,
    reward: row.reward,
    advantage: row.advantage,
    correct: completion.correct,
  };
}

/**
 * Rows are prompt-major; each `numGenerations` of them are one group.
 * @param likeliest row by row, where it was asked for.
 */
export function rolloutView(
  learner: Learner,
  rows: readonly StepRow[],
  likeliest: readonly Likeliest[] = [],
): RolloutView {
  const size = learner.config.numGenerations;
  const groups: GroupView[] = [];
  for (let first = 0; first < rows.length; first += size) {
    const group = rows.slice(first, first + size);
    const [head] = group;
    if (!head) continue;
    groups.push({
      promptIndex: head.promptIndex,
      prompt: head.example.prompt,
      answer: head.example.answer,
      completions: group.map((row, i) => completionView(learner, row, likeliest[first + i])),
    });
  }
  return {
    step: learner.step,
    rewardNames: [...learner.scorer.names],
    groups,
  };
}
