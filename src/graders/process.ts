/**
 * `process`: do the steps of the thinking check out? A step is an equation, `7+4=11`. Steps are
 * separated by commas, semicolons or line breaks, or run on as `3+10=13+1=14`, where what stands in
 * the middle begins with a running total (3+10=13, then 13+1=14). Text without `=` is no step;
 * whatever has one and is not a right sum with at least one operation is a wrong step. 0 when
 * there is no step.
 *
 * It does not ask whether the steps belong to the prompt: `1+1=2` is a right step. Combine it with
 * a check of the answer, or watch the policy find that out.
 */
import { parseSum, valueOf, type Order, type Sum } from './arithmetic.ts';
import { defineKind } from './grader.ts';

/** What the right side of a step says: a running total to go on from or, at the end, a result. */
const shown = (right: Sum, isLast: boolean, order: Order): number | null =>
  isLast ? valueOf(right, order) : right.first;

/** For every `=` of one item: is that step right? */
function checkSteps(item: string, order: Order): boolean[] {
  const sums = item.split('=').map(parseSum);
  return sums.slice(1).map((right, i) => {
    const left = sums[i] ?? null;
    if (left === null || right === null || left.rest.length === 0) return false;
    const value = valueOf(left, order);
    return value !== null && value === shown(right, i === sums.length - 2, order);
  });
}

const gradings: Record<'share' | 'all', (right: number, steps: number) => number> = {
  share: (right, steps) => right / steps,
  all: (right, steps) => Number(right === steps),
};

export const process = defineKind({
  label: 'Right steps',
  meaning: 'Pays by how many equations of the thinking are right, wherever they lead.',
  source: "Process supervision (Lightman et al. 2023, 'Let's verify step by step'), by rule.",
  nativeRange: [0, 1],
  fields: {
    mode: {
      kind: 'choice',
      label: 'Credit',
      meaning: 'What a single wrong step costs.',
      default: 'share',
      choices: [
        { value: 'share', label: 'share of the steps that are right' },
        { value: 'all', label: 'all steps right or nothing' },
      ],
    },
    order: {
      kind: 'choice',
      label: 'Order',
      meaning: 'How a step with several operations is worked out.',
      default: 'left',
      choices: [
        { value: 'left', label: 'from left to right' },
        { value: 'precedence', label: 'times and divide first' },
      ],
    },
  },
  prepare:
    ({ mode, order }) =>
    ({ thinking }) => {
      const steps = thinking.split(/[,;\n]/).flatMap((item) => checkSteps(item, order));
      return steps.length === 0 ? 0 : gradings[mode](steps.filter(Boolean).length, steps.length);
    },
});
