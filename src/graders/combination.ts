/**
 * `combination`: several graders as one, which OpenAI calls a multi grader and leaves to a formula.
 * Three formulas are here: the weighted mean, the product and the minimum. A part that has nothing
 * to say about a completion is left out, with its weight; if all are, there is no score. Weights
 * are relative and count in the mean alone.
 *
 * Its range is what its parts span together. A product is only for parts within 0 and 1: two
 * punishments would multiply to a reward.
 */
import { defineKind, type Part, type Range } from './grader.ts';

const MOST_PARTS = 8;
const UNIT: Range = [0, 1];

interface Scored {
  score: number;
  weight: number;
}

type How = 'mean' | 'product' | 'minimum';

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);

const formulas: Record<How, (parts: readonly Scored[]) => number> = {
  mean: (parts) =>
    sum(parts.map(({ score, weight }) => score * weight)) / sum(parts.map(({ weight }) => weight)),
  product: (parts) => parts.reduce((all, { score }) => all * score, 1),
  minimum: (parts) => Math.min(...parts.map(({ score }) => score)),
};

export const combination = defineKind({
  label: 'Combination',
  meaning: 'Several graders as one: their mean, their product or the least of them.',
  source: 'OpenAI graders, multi.',
  nativeRange: UNIT,
  fields: {
    how: {
      kind: 'choice',
      label: 'Formula',
      meaning: 'A product or minimum pays only for what satisfies every part.',
      default: 'mean',
      choices: [
        { value: 'mean', label: 'weighted mean' },
        { value: 'product', label: 'product' },
        { value: 'minimum', label: 'minimum' },
      ],
    },
    parts: {
      kind: 'parts',
      label: 'Parts',
      meaning: 'The graders to combine, with their weights in the mean.',
      default: [],
      maxParts: MOST_PARTS,
    },
  },
  problems: ({ how, parts }, { rangeOf }) => {
    if (parts.length === 0) return [{ field: 'parts', message: 'Add at least one grader.' }];
    const [low, high] = UNIT;
    const isUnit = (part: Part): boolean => {
      const [min, max] = rangeOf(part.grader);
      return min >= low && max <= high;
    };
    return how !== 'product' || parts.every(isUnit)
      ? []
      : [{ field: 'parts', message: 'A product needs graders that score from 0 to 1.' }];
  },
  rangeOf: ({ how, parts }, { rangeOf }) => {
    if (how === 'product') return UNIT;
    const ranges = parts.map(({ grader }) => rangeOf(grader));
    return [Math.min(...ranges.map(([min]) => min)), Math.max(...ranges.map(([, max]) => max))];
  },
  prepare: ({ how, parts }, { prepare }) => {
    const prepared = parts.map(({ grader, weight }) => ({ score: prepare(grader), weight }));
    return (graded) => {
      const scored = prepared.flatMap(({ score, weight }): Scored[] => {
        const value = score(graded);
        return value === null ? [] : [{ score: value, weight }];
      });
      return scored.length === 0 ? null : formulas[how](scored);
    };
  },
});
