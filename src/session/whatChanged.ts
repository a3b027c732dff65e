/**
 * What a run that has ended changed, in sentences with its own numbers: what went up, how what the
 * policy writes changed, and how far there was something to learn from. It judges nothing; that is
 * diagnoses'. Pure.
 */
import type { StepMetrics } from './protocol.ts';

/** The first and the last value of a metric; null unless it was measured at two steps. */
function ends(rows: readonly StepMetrics[], key: string): readonly [number, number] | null {
  const measured = rows.filter(({ values }) => values[key] !== undefined);
  const [first, last] = [measured[0], measured.at(-1)];
  if (!first || !last || first === last) return null;
  return [first.values[key]!, last.values[key]!];
}

const percent = (share: number): string => `${Math.round(100 * share)} %`;
const oneDecimal = (value: number): string => value.toFixed(value < 10 ? 1 : 0);
const twoDecimals = (value: number): string => value.toFixed(2);

/** A metric and the sentence for it; null: not worth one. */
type Sentence = readonly [key: string, say: (first: number, last: number) => string | null];

/** Shorter or longer by so much is worth a sentence. */
const LENGTH_CHANGE = 1.25;

const sentences: readonly Sentence[] = [
  [
    'eval_greedy',
    (first, last) =>
      `Of the held-out prompts, which it never trained on, ${percent(first)} were right before and ${percent(last)} after.`,
  ],
  [
    'eval_completions/mean_length',
    (first, last) => {
      if (Math.max(first, last) < LENGTH_CHANGE * Math.min(first, last)) return null;
      const way = last > first ? 'more' : 'less';
      return `It writes ${way}: ${oneDecimal(first)} tokens an answer before, ${oneDecimal(last)} after.`;
    },
  ],
  [
    'entropy',
    (first, last) =>
      `It is ${last < first ? 'surer' : 'less sure'} of each token: entropy ${twoDecimals(first)} → ${twoDecimals(last)} nats.`,
  ],
  [
    'frac_reward_zero_std',
    (first, last) => {
      const [before, after] = [percent(1 - first), percent(1 - last)];
      const groups = 'of the groups had better and worse answers to learn from';
      return before === after
        ? `${before} ${groups}, at first as in the end.`
        : `At first ${before} ${groups}, in the end ${after}.`;
    },
  ],
];

/** In the order of the table; none for a run without two evaluations or steps. */
export function whatChanged(rows: readonly StepMetrics[]): string[] {
  return sentences.flatMap(([key, say]) => {
    const found = ends(rows, key);
    const said = found && say(...found);
    return said ? [said] : [];
  });
}
