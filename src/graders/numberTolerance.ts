/**
 * `number_tolerance`: 1 when the input is a number close enough to the reference, as Python's
 * `math.isclose` (PEP 485) judges it: within the larger of an absolute distance and a share of the
 * reference. Beyond that the score is 0 at once or, with `zeroAt`, falls linearly to 0 there.
 *
 * The whole input must be one decimal number (`-3`, `0.5`, `1e3`); it is parsed, never evaluated,
 * so that `1+2`, `0x10`, `1,000` and digits of other scripts are no numbers.
 */
import { fill, hasPlaceholder, inputField, referenceField, templateProblems } from './fields.ts';
import { defineKind } from './grader.ts';

const DECIMAL = /^[+-]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?$/;
/** Lets 1.1 be within 0.1 of 1 although their binary difference is a hair more; none at 0. */
const SLACK = 1 + 1e-9;

/** The number that the whole text is, or null. */
export function strictNumber(text: string): number | null {
  const value = DECIMAL.test(text) ? Number(text) : Infinity;
  return Number.isFinite(value) ? value : null;
}

/** 1 up to `tolerance`, then linearly down to 0 at `zeroAt`; straight to 0 when that is nearer. */
function credit(distance: number, tolerance: number, zeroAt: number): number {
  if (distance <= tolerance * SLACK) return 1;
  return distance < zeroAt ? Math.min(1, (zeroAt - distance) / (zeroAt - tolerance)) : 0;
}

const LARGEST_DISTANCE = 1e6;

export const numberTolerance = defineKind({
  label: 'Number within tolerance',
  meaning: 'Pays when the text is a number near the reference number.',
  source: "Python's math.isclose (PEP 485); linear falloff is our own.",
  nativeRange: [0, 1],
  fields: {
    input: inputField,
    reference: {
      ...referenceField,
      meaning: 'A number, or {{answer}} for the right answer as a number.',
    },
    absolute: {
      kind: 'number',
      label: 'Absolute tolerance',
      meaning: 'How far off still counts as right; 0 asks for the very number.',
      default: 0,
      min: 0,
      max: LARGEST_DISTANCE,
    },
    relative: {
      kind: 'number',
      label: 'Relative tolerance',
      meaning: 'The same as a share of the reference; the larger of the two counts.',
      default: 0,
      min: 0,
      max: 1,
    },
    zeroAt: {
      kind: 'number',
      label: 'Nothing from',
      meaning: 'Partial credit falls to 0 at this distance; 0 gives no partial credit.',
      default: 0,
      min: 0,
      max: LARGEST_DISTANCE,
    },
  },
  problems: ({ reference, absolute, zeroAt }) => [
    ...templateProblems('reference', reference),
    ...(hasPlaceholder(reference) || strictNumber(reference) !== null
      ? []
      : [{ field: 'reference', message: 'Give a number such as 3.5, or {{answer}}.' }]),
    ...(zeroAt === 0 || zeroAt > absolute
      ? []
      : [{ field: 'zeroAt', message: `Give a distance above the tolerance ${absolute}, or 0.` }]),
  ],
  prepare:
    ({ input, reference, absolute, relative, zeroAt }) =>
    (graded) => {
      const expected = strictNumber(fill(reference, graded));
      if (expected === null) return null;
      const given = strictNumber(graded[input]);
      if (given === null) return 0;
      const tolerance = Math.max(absolute, relative * Math.abs(expected));
      return credit(Math.abs(given - expected), tolerance, zeroAt);
    },
});
