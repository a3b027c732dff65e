/**
 * Finding completions among the rollouts that are kept: a text, and one of a few questions that are
 * asked of every run. Says where the matches are; showing them is the panel's business.
 */
import type { AnswerJudge } from './answerJudge.ts';
import type { CompletionView, GroupView, RolloutView } from './protocol.ts';

/** One completion with where it is. */
export interface Match {
  rollout: RolloutView;
  group: GroupView;
  completion: CompletionView;
}

export const textOf = ({ tokens }: CompletionView): string => tokens.join('');

/** True for two views of the same group of the same step. */
export const isSame = (one: GroupView, other: GroupView): boolean =>
  one.promptIndex === other.promptIndex &&
  one.completions.every((completion, i) => {
    const twin = other.completions[i];
    return twin !== undefined && textOf(twin) === textOf(completion);
  });

/** True when a reward that judges the form gave nothing. */
function formFailed({ rollout, completion }: Match, judge: AnswerJudge): boolean {
  return rollout.rewardNames.some(
    (name, i) => completion.rewards[i] === 0 && judge.judgesForm(name),
  );
}

/**
 * The right answer in the wrong form: it counts as right though a reward for the form gave 0; or
 * what stands where the answer belongs would be right but for tags and spaces.
 */
function malformed(match: Match, judge: AnswerJudge): boolean {
  const { group, completion } = match;
  return completion.correct ? formFailed(match, judge) : judge.isRight(group, completion.answer);
}

interface PresetEntry {
  label: string;
  meaning: string;
  keep: (match: Match, judge: AnswerJudge) => boolean;
  /** Highest first; left out: the newest step first. */
  rank?: (match: Match) => number;
}

export type Preset =
  'all' | 'right' | 'wrong' | 'malformed' | 'cut' | 'longest' | 'pushed' | 'suppressed';

export const presets: Record<Preset, PresetEntry> = {
  all: { label: 'all', meaning: 'Every completion.', keep: () => true },
  right: {
    label: 'right',
    meaning: 'What the task counts as right.',
    keep: ({ completion }) => completion.correct,
  },
  wrong: {
    label: 'wrong',
    meaning: 'What the task does not count as right.',
    keep: ({ completion }) => !completion.correct,
  },
  malformed: {
    label: 'right but badly formed',
    meaning:
      'The right answer is there, but in a form that does not count, or that a format reward gave 0.',
    keep: malformed,
  },
  cut: {
    label: 'cut off',
    meaning: 'Reached the longest length before it had ended.',
    keep: ({ completion }) => completion.finishReason === 'length',
  },
  longest: {
    label: 'longest',
    meaning: 'Every completion, the longest first.',
    keep: () => true,
    rank: ({ completion }) => completion.tokens.length,
  },
  pushed: {
    label: 'biggest advantage',
    meaning: 'Made likelier, the strongest push first.',
    keep: ({ completion }) => completion.advantage > 0,
    rank: ({ completion }) => completion.advantage,
  },
  suppressed: {
    label: 'lowest advantage',
    meaning: 'Made less likely, the strongest push first.',
    keep: ({ completion }) => completion.advantage < 0,
    rank: ({ completion }) => -completion.advantage,
  },
};

export interface Query {
  /** Part of a prompt or a completion, in any case; empty: any. */
  text: string;
  preset: Preset;
}

/** Every completion of these steps, the newest step first. */
function everything(list: readonly RolloutView[]): Match[] {
  return list
    .toReversed()
    .flatMap((rollout) =>
      rollout.groups.flatMap((group) =>
        group.completions.map((completion) => ({ rollout, group, completion })),
      ),
    );
}

/** All that match, in the order of the preset; ties keep the newest step first. */
export function searchRollouts(
  list: readonly RolloutView[],
  { text, preset }: Query,
  judge: AnswerJudge,
): readonly Match[] {
  const { keep, rank } = presets[preset];
  const wanted = text.toLowerCase();
  const holds = ({ group, completion }: Match): boolean =>
    wanted === '' ||
    group.prompt.toLowerCase().includes(wanted) ||
    textOf(completion).toLowerCase().includes(wanted);
  const found = everything(list).filter((match) => keep(match, judge) && holds(match));
  return rank ? found.sort((a, b) => rank(b) - rank(a)) : found;
}
