/** A step's rows as the plain, readable groups the page shows. */
import type { Learner } from '../src/rft/learner.ts';
import type { StepRow } from '../src/rft/stepRow.ts';
import type { Likeliest } from './alternatives.ts';
import type { CompletionView, GroupView, RolloutView } from '../src/session/protocol.ts';

function completionView(
  learner: Learner,
  row: StepRow,
  likeliest: Likeliest | undefined,
  changes: readonly number[] | undefined,
): CompletionView {
  const { rollout, completion } = row;
  const shown = completion.ended ? rollout.completionIds.slice(0, -1) : rollout.completionIds;
  const { thinking, answer } = learner.task.parts(completion.text);
  return {
    tokens: shown.map((id) => learner.tokenizer.token(id)),
    logps: rollout.samplingLogps,
    entropies: rollout.entropies,
    ...(likeliest && { likeliest }),
    ...(changes && { changes: [...changes] }),
    thinking,
    answer,
    finishReason: rollout.finishReason,
    rewards: row.scores,
    reward: row.reward,
    advantage: row.advantage,
    correct: completion.correct,
  };
}

/** What is told of a step's rows only where it was asked for, row by row. */
interface Asked {
  likeliest?: readonly Likeliest[];
  /** Of the tokens' log-probabilities, see logpChanges.ts. */
  changes?: readonly (readonly number[])[];
}

/** Rows are prompt-major; each `numGenerations` of them are one group. */
export function rolloutView(
  learner: Learner,
  rows: readonly StepRow[],
  { likeliest = [], changes = [] }: Asked = {},
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
      completions: group.map((row, i) =>
        completionView(learner, row, likeliest[first + i], changes[first + i]),
      ),
    });
  }
  return {
    step: learner.step,
    rewardNames: [...learner.scorer.names],
    groups,
  };
}
