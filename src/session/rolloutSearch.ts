/**
 * Finding completions among the rollouts that are kept: a text, and one of a few questions that are
 * asked of every run. Says where the matches are; showing them is the panel's business.
 */
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

/** Without what an answer is wrapped in. */
const bare = (text: string): string => text.replace(/[<>\s]/g, '');

/** True when a reward that judges the form (its name says so) gave nothing. */
function formFailed({ rollout, completion }: Match): boolean {
  return rollout.rewardNames.some((name, i) => /format/i.test(name) && completion.rewards[i] === 0);
}

/**
 * The right answer in the wrong form: what stands where the answer belongs is the right one but
 * for tags and spaces, or it counts as right, and yet it was not accepted or a reward for the form
 * gave 0.
 */
function malformed(match: Match): boolean {
  const { group, completion } = match;
  const wanted = bare(group.answer);
  const holds = completion.correct || (wanted !== '' && bare(completion.answer) === wanted);
  return holds && (!completion.correct || formFailed(match));
}

interface PresetEntry {
  label: string;
  meaning: string;
  keep: (match: Match) => boolean;
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
): readonly Match[] {
  const { keep, rank } = presets[preset];
  const wanted = text.toLowerCase();
  const holds = ({ group, completion }: Match): boolean =>
    wanted === '' ||
    group.prompt.toLowerCase().includes(wanted) ||
    textOf(completion).toLowerCase().includes(wanted);
  const found = everything(list).filter((match) => keep(match) && holds(match));
  return rank ? found.sort((a, b) => rank(b) - rank(a)) : found;
}
