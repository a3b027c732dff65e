/**
 * `text_similarity`: how much of two texts agrees, as in OpenAI's grader of that name.
 *   fuzzy_match  2·LCS / (both lengths) over characters: rapidfuzz's `fuzz.ratio`, from 0 to 1
 *   rouge_n      F1 of the n-grams of words (Lin 2004, "ROUGE", eq. 1 made symmetric)
 *   rouge_l      F1 of the longest common subsequence of words (the same, eqs 2 to 4 with β = 1)
 * LCS is the longest common subsequence. Words are as in Google's rouge_score without stemming:
 * runs of letters and digits in lower case, of any script. OpenAI's bleu, gleu, meteor and cosine
 * are left out: the first three are for long texts, and the last one needs a second network.
 */
import { fill, inputField, isBlank, referenceField, templateProblems } from './fields.ts';
import { defineKind } from './grader.ts';

type Metric = 'fuzzy_match' | 'rouge_1' | 'rouge_2' | 'rouge_3' | 'rouge_l';

/** Length of the longest common subsequence, a row of the usual table at a time. */
function commonLength(a: readonly string[], b: readonly string[]): number {
  let above = new Array<number>(b.length + 1).fill(0);
  for (const item of a) {
    const row = [0];
    for (let j = 0; j < b.length; j++) {
      row.push(item === b[j] ? above[j]! + 1 : Math.max(above[j + 1]!, row[j]!));
    }
    above = row;
  }
  return above[b.length]!;
}

/** Harmonic mean of precision and recall: what is shared, over the mean of both sizes. */
const f1 = (shared: number, sizes: number): number => (sizes === 0 ? 0 : (2 * shared) / sizes);

const subsequenceF1 = (a: readonly string[], b: readonly string[]): number =>
  f1(commonLength(a, b), a.length + b.length);

const words = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

const ngrams = (items: readonly string[], n: number): string[] =>
  items.slice(n - 1).map((_, i) => items.slice(i, i + n).join(' '));

/** How many items two bags share, each counted as often as it is in both. */
function sharedCount(a: readonly string[], b: readonly string[]): number {
  const left = new Map<string, number>();
  for (const item of b) left.set(item, (left.get(item) ?? 0) + 1);
  let shared = 0;
  for (const item of a) {
    const count = left.get(item) ?? 0;
    if (count > 0) shared += 1;
    left.set(item, count - 1);
  }
  return shared;
}

const rouge = (n: number) => (input: string, reference: string) => {
  const [a, b] = [ngrams(words(input), n), ngrams(words(reference), n)];
  return f1(sharedCount(a, b), a.length + b.length);
};

const metrics: Record<Metric, (input: string, reference: string) => number> = {
  fuzzy_match: (input, reference) => subsequenceF1(Array.from(input), Array.from(reference)),
  rouge_1: rouge(1),
  rouge_2: rouge(2),
  rouge_3: rouge(3),
  rouge_l: (input, reference) => subsequenceF1(words(input), words(reference)),
};

export const textSimilarity = defineKind({
  label: 'Text similarity',
  meaning: 'Pays by how much of the text agrees with the reference, for partial credit.',
  source: 'OpenAI graders, text_similarity; Lin 2004 (ROUGE).',
  nativeRange: [0, 1],
  fields: {
    input: inputField,
    evaluation_metric: {
      kind: 'choice',
      label: 'Metric',
      meaning: 'What is counted as agreement.',
      default: 'fuzzy_match',
      choices: [
        { value: 'fuzzy_match', label: 'characters in order (fuzzy match)' },
        { value: 'rouge_1', label: 'words (ROUGE-1)' },
        { value: 'rouge_2', label: 'pairs of words (ROUGE-2)' },
        { value: 'rouge_3', label: 'triples of words (ROUGE-3)' },
        { value: 'rouge_l', label: 'words in order (ROUGE-L)' },
      ],
    },
    reference: referenceField,
  },
  problems: ({ reference }) =>
    isBlank(reference)
      ? [{ field: 'reference', message: 'Give some text to compare with.' }]
      : templateProblems('reference', reference),
  prepare:
    ({ input, evaluation_metric: metric, reference }) =>
    (graded) => {
      const expected = fill(reference, graded);
      return isBlank(expected) ? null : metrics[metric](graded[input], expected);
    },
});
