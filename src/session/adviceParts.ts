/**
 * What rules of advice are made of: the types, the reasons that several rules share, and the notes
 * that hold beside a recommendation. Figures are ours (README.md, "What it shows, measured": means
 * over three seeds); claims that are not ours carry their source.
 */
import type { Answers, OptionOf, QuestionId } from './questions.ts';
import type { TrialId } from './trials.ts';

export type Verdict = 'rft' | 'sft' | 'sft-then-rft' | 'neither';

/** Answers that have to be among these; a question that is not named may have any. */
export type When = { readonly [Q in QuestionId]?: readonly OptionOf<Q>[] };

export interface Reason {
  /** The answers that it follows from. */
  of: readonly QuestionId[];
  text: string;
  source?: string;
}

export interface Rule {
  id: string;
  when: When;
  verdict: Verdict;
  /** What to do, in a sentence. */
  advice: string;
  reasons: readonly Reason[];
  trial: TrialId;
}

/** What holds beside a recommendation. */
export interface Note {
  when: When;
  verdicts: readonly Verdict[];
  text: string;
}

export const holds = (when: When, answers: Answers): boolean =>
  (Object.entries(when) as [QuestionId, readonly string[]][]).every(([id, options]) =>
    options.includes(answers[id]),
  );

export const hackable: Reason = {
  of: ['verify'],
  text: 'A score that only goes along with quality is optimised itself, until it no longer does: on the calculator chain a reward for true steps went from 0.30 to 0.99 while right answers fell from 8 to 3 %.',
  source: 'Gao et al., 2022, arXiv 2210.10760, measure the same with learnt reward models',
};

export const roughTooEasy: Reason = {
  of: ['verify', 'base'],
  text: 'A rough score is easier to please than the task is to solve, and before the first success nothing but that is rewarded.',
};

export const cannotRisk: Reason = {
  of: ['verify', 'stakes'],
  text: 'Where mistakes cost a lot, a rough score is no score to train on.',
};

export const tracesEnough: Reason = {
  of: ['labels', 'work'],
  text: 'Worked solutions show the work that answers hide. On the calculator chain imitating 64 of them gives 99 % of held-out answers right; rewards on the same prompts give 97 %.',
};

export const answersHide: Reason = {
  of: ['labels', 'work'],
  text: 'Answers alone get learnt by heart: 64 of them, imitated, left the calculator chain at 4 %, below the base policy’s 6 %.',
};

export const noSpread: Reason = {
  of: ['base', 'verify'],
  text: 'Rewards compare the tries at one prompt with each other. When all of them fail alike there is nothing to compare: reversal, paid for whole answers only, stayed at 0 % for 300 steps.',
};

const trained: readonly Verdict[] = ['rft', 'sft', 'sft-then-rft'];

export const notes: readonly Note[] = [
  {
    when: { stakes: ['high'] },
    verdicts: trained,
    text: 'Because a mistake costs a lot: keep prompts that no training ever sees, measure on them before and after, and have a person check a sample of what goes out.',
  },
  {
    when: { base: ['often'], stakes: ['high'] },
    verdicts: trained,
    text: 'You are after the last few per cent. In a chain of calls they count for more than they look: see “Several calls in a row”.',
  },
  {
    when: { verify: ['exact'] },
    verdicts: ['rft', 'sft-then-rft'],
    text: 'Right or wrong teaches only at prompts where some tries succeed and some fail; the Lab’s dry run says how many those are before you train.',
  },
];
