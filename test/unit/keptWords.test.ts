/** What is said of rollouts that are not there. */
import { expect, test } from 'vitest';
import { missingWords, stepsKeptWords } from '../../src/ui/rollouts/keptWords.ts';

test('how many steps are kept, and within what', () => {
  expect(stepsKeptWords(38, 60, '48 MB')).toBe('38 of 60 steps kept: all together may take 48 MB.');
});

test('which step is shown in place of the one that was asked for', () => {
  const words = (step: number, dropped: boolean, recorded: boolean) =>
    missingWords({ step, dropped }, 38, recorded);
  expect(words(40, true, false)).toBe('Step 40 was not kept; step 38 is shown.');
  expect(words(0, false, false)).toBe('There are no rollouts of step 0; step 38 is shown.');
  expect(words(40, false, true)).toBe(
    'The recording holds no rollouts of step 40; step 38 is shown.',
  );
});
