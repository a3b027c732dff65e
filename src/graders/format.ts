/**
 * `format`: 1 when the completion ended by itself and reads exactly `<thinking>answer`, with one
 * of each tag and `<` in front; else 0. It does not look at what is thought or answered.
 */
import { defineKind } from './grader.ts';

const THINKING_THEN_ANSWER = /^<([^<>]*)>([^<>]*)$/;

export const format = defineKind({
  label: 'Format',
  meaning: 'Pays when the completion ended by itself and reads <thinking>answer.',
  source: 'Format reward of DeepSeek-R1 (Guo et al. 2025, section 2.2.2), with our tags.',
  nativeRange: [0, 1],
  fields: {
    thinkingNeeded: {
      kind: 'boolean',
      label: 'Something thought',
      meaning: 'Also asks that the thinking is not empty.',
      default: false,
    },
    answerNeeded: {
      kind: 'boolean',
      label: 'Something answered',
      meaning: 'Also asks that the answer is not empty.',
      default: true,
    },
  },
  prepare:
    ({ thinkingNeeded, answerNeeded }) =>
    ({ completion, ended }) => {
      const match = THINKING_THEN_ANSWER.exec(completion);
      if (!ended || !match) return 0;
      const [, thinking, answer] = match;
      return Number(!(thinkingNeeded && thinking === '') && !(answerNeeded && answer === ''));
    },
});
