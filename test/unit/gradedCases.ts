/** A completion to grade, and a spec's score of it, for tests of graders. */
import type { Graded } from '../../src/graders/grader.ts';
import { parseGrader } from '../../src/graders/parseGrader.ts';
import { prepareGrader } from '../../src/graders/prepareGrader.ts';

/** A right completion of a task without tests, with what a test wants otherwise. */
export function graded(given: Partial<Graded> = {}): Graded {
  return {
    prompt: 'A7+6|',
    completion: '<7+6=13>13',
    thinking: '7+6=13',
    answer: '13',
    reference: '13',
    ended: true,
    length: 11,
    maxLength: 64,
    tests: null,
    ...given,
  };
}

/** Parses a grader, which has to be valid, and scores. */
export function scoreOf(input: unknown, given: Partial<Graded>): number | null {
  const parsed = parseGrader(input);
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return prepareGrader(parsed.spec)(graded(given));
}
