/**
 * `unit_tests`: the answer is run against tests that the prompt does not show, by the task that
 * has them; nothing is run here. An answer that cannot be run passes none. Null where the task
 * has no tests, which the form should refuse.
 */
import { defineKind } from './grader.ts';

const gradings: Record<'share' | 'all', (passed: number, tests: number) => number> = {
  share: (passed, tests) => passed / tests,
  all: (passed, tests) => Number(passed === tests),
};

export const unitTests = defineKind({
  label: 'Unit tests',
  meaning: "Pays by the task's hidden tests that the answer passes.",
  source: 'Test-based rewards for code: CodeRL (Le et al. 2022), RLTF (Liu et al. 2023).',
  nativeRange: [0, 1],
  fields: {
    mode: {
      kind: 'choice',
      label: 'Credit',
      meaning: 'Partial credit is easier to learn from, and easier to game.',
      default: 'share',
      choices: [
        { value: 'share', label: 'share of the tests passed' },
        { value: 'all', label: 'all tests or nothing' },
      ],
    },
  },
  prepare:
    ({ mode }) =>
    ({ tests }) => {
      if (tests === null) return null;
      const results = tests();
      if (results === null) return 0;
      if (results.length === 0) return null;
      return gradings[mode](results.filter(Boolean).length, results.length);
    },
});
