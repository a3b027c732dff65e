/**
 * What the answers so far amount to: a recommendation as soon as no open question can change it,
 * and until then the ones that are still possible. The rules are adviceRules.ts's. Pure.
 */
import { holds, notes, type Note, type Rule, type Verdict } from './adviceParts.ts';
import { rules } from './adviceRules.ts';
import {
  completions,
  labelOf,
  unanswered,
  type Answers,
  type Given,
  type QuestionId,
} from './questions.ts';

export interface Advice {
  /** The rule that every way to answer the rest leads to; null while there are several. */
  rule: Rule | null;
  /** Remarks that hold whatever is still open; none without a recommendation. */
  notes: readonly Note[];
  /** Recommendations that are still possible, in the order of `verdictNames`. */
  possible: readonly Verdict[];
  /** Questions without an answer. */
  open: readonly QuestionId[];
}

export const verdictNames: Record<Verdict, string> = {
  rft: 'Reinforcement fine-tuning',
  sft: 'Supervised fine-tuning',
  'sft-then-rft': 'Supervised first, then reinforcement',
  neither: 'Neither, yet',
};

function ruleFor(answers: Answers): Rule {
  const rule = rules.find(({ when }) => holds(when, answers));
  if (!rule) throw new Error('internal: the last rule holds always');
  return rule;
}

export function advise(given: Given): Advice {
  const all = completions(given);
  const reached = new Set(all.map(ruleFor));
  const verdicts = new Set([...reached].map(({ verdict }) => verdict));
  const [first] = reached;
  const rule = reached.size === 1 && first ? first : null;
  const applies = (note: Note): boolean =>
    rule !== null &&
    note.verdicts.includes(rule.verdict) &&
    all.every((answers) => holds(note.when, answers));
  return {
    rule,
    notes: notes.filter(applies),
    possible: (Object.keys(verdictNames) as Verdict[]).filter((verdict) => verdicts.has(verdict)),
    open: unanswered(given),
  };
}

/** The answers that a reason follows from, as they were given: `“Prompts only”, “No”`. */
export function quoted(of: readonly QuestionId[], given: Given): string {
  const labels = of.map((id) => labelOf(id, given)).filter((label) => label !== undefined);
  return labels.map((label) => `“${label}”`).join(', ');
}
