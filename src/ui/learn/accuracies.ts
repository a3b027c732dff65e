/** Accuracies of one call as the chains page holds them, with a phrase for where they come from. */
import { defaultLesson } from '../../session/heldOutPair.ts';
import { ratio, type Ratio } from '../../session/ratio.ts';

export interface Accuracies {
  base: Ratio;
  tuned: Ratio;
  from: string;
}

/** What stands there at first. */
export const LESSON: Accuracies = {
  base: defaultLesson.base,
  tuned: defaultLesson.tuned,
  from: 'not yours but our measurement of the default lesson: calculator chain by RFT on 64 prompts, 150 held-out prompts, greedy, mean of three seeds',
};

/** Round figures to play with. */
export const EXAMPLE: Accuracies = {
  base: ratio(9, 10),
  tuned: ratio(99, 100),
  from: 'measured by nobody: round figures to play with',
};
