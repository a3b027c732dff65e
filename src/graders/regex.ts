/**
 * `regex`: 1 when a regular expression matches the input, else 0. The pattern may come from a
 * stranger's link, so it is matched by our own linear engine (patternMatcher.ts). To match the
 * whole of a text is the safer way to pay: a search pays whatever stands around the match too.
 */
import { inputField, MAX_TEXT } from './fields.ts';
import { defineKind } from './grader.ts';
import { compilePattern, type Pattern } from './patternMatcher.ts';

const modes: Record<'full' | 'search', (pattern: Pattern, text: string) => boolean> = {
  full: (pattern, text) => pattern.isWhole(text),
  search: (pattern, text) => pattern.isIn(text),
};

export const regex = defineKind({
  label: 'Regular expression',
  meaning: 'Pays when the text has a certain shape.',
  source: 'Our own; linear matching after Thompson 1968.',
  nativeRange: [0, 1],
  fields: {
    input: inputField,
    pattern: {
      kind: 'text',
      label: 'Pattern',
      meaning: 'A regular expression without backreferences and lookaround.',
      default: '\\d+',
      maxLength: MAX_TEXT,
    },
    ignoreCase: {
      kind: 'boolean',
      label: 'Ignore case',
      meaning: 'Flag i: capital and small letters count as the same.',
      default: false,
    },
    mode: {
      kind: 'choice',
      label: 'Match',
      meaning: 'Whether the pattern has to match all of the text.',
      default: 'full',
      choices: [
        { value: 'full', label: 'the whole text' },
        { value: 'search', label: 'anywhere in the text' },
      ],
    },
  },
  problems: ({ pattern, ignoreCase }) => {
    const compiled = compilePattern(pattern, ignoreCase);
    return 'problem' in compiled ? [{ field: 'pattern', message: compiled.problem }] : [];
  },
  prepare: ({ input, pattern, ignoreCase, mode }) => {
    const compiled = compilePattern(pattern, ignoreCase);
    if ('problem' in compiled) throw new Error(`internal: ${compiled.problem}`);
    return (graded) => Number(modes[mode](compiled.pattern, graded[input]));
  },
});
