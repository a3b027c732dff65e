/**
 * Graders of the length alone; they know nothing of what is written.
 *   length_target  1 at the target, falling linearly to 0 at `width` from it
 *   overlong       the soft overlong punishment of DAPO (Yu et al. 2025, arXiv 2503.14476, eq. 13):
 *                    0                             |y| ≤ max − cache
 *                    ((max − cache) − |y|) / cache   max − cache < |y| ≤ max
 *                    −1                            max < |y|
 * Lengths in tokens include eos, as in the run's own limit. A completion cut at the limit is as
 * long as the limit and gets −1.
 */
import { defineKind, type Graded } from './grader.ts';

const LONGEST = 4096;

const lengths: Record<'tokens' | 'characters', (graded: Graded) => number> = {
  tokens: ({ length }) => length,
  characters: ({ completion }) => Array.from(completion).length,
};

export const lengthTarget = defineKind({
  label: 'Length target',
  meaning: 'Pays by how near the completion comes to a length; ask for short or long ones.',
  source: 'Our own: a triangle around the target.',
  nativeRange: [0, 1],
  fields: {
    unit: {
      kind: 'choice',
      label: 'Unit',
      meaning: 'What is counted; tokens include the one that ends the completion.',
      default: 'tokens',
      choices: [
        { value: 'tokens', label: 'tokens' },
        { value: 'characters', label: 'characters' },
      ],
    },
    target: {
      kind: 'number',
      label: 'Target',
      meaning: 'The length that is paid in full.',
      default: 24,
      min: 0,
      max: LONGEST,
      whole: true,
    },
    width: {
      kind: 'number',
      label: 'Width',
      meaning: 'How far from the target the score has fallen to 0.',
      default: 16,
      min: 1,
      max: LONGEST,
      whole: true,
    },
  },
  prepare:
    ({ unit, target, width }) =>
    (graded) =>
      Math.max(0, 1 - Math.abs(lengths[unit](graded) - target) / width),
});

export const overlong = defineKind({
  label: 'Overlong punishment',
  meaning: 'Takes away up to 1 as a completion comes near the length limit.',
  source: 'DAPO (Yu et al. 2025), soft overlong punishment, eq. 13.',
  nativeRange: [-1, 0],
  fields: {
    cache: {
      kind: 'number',
      label: 'Cache',
      meaning: 'How many tokens before the limit the punishment begins.',
      default: 16,
      min: 1,
      max: LONGEST,
      whole: true,
    },
    max: {
      kind: 'number',
      label: 'Limit',
      meaning: 'Where it is complete, in tokens; 0 is the longest completion of the run.',
      default: 0,
      min: 0,
      max: LONGEST,
      whole: true,
    },
  },
  problems: ({ cache, max }) =>
    max === 0 || cache <= max
      ? []
      : [{ field: 'cache', message: `Give at most the limit, ${max}.` }],
  prepare:
    ({ cache, max }) =>
    ({ length, maxLength }) => {
      const start = (max === 0 ? maxLength : max) - cache;
      return length <= start ? 0 : Math.max(-1, (start - length) / cache);
    },
});
