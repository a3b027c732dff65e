/**
 * Why the loss of RFT sits near 0, in words, and what moves it off 0 in a given recipe. With fresh
 * samples every ratio is 1, so the value of the loss is −mean(A): see the equations in lossTable.
 */
import type { RunConfig } from '../../rft/configTable.ts';
import { lossEntry } from '../../rft/lossTable.ts';
import { everUsesReference } from '../../rft/recipeChange.ts';

const ZERO =
  'Why it sits near 0: on fresh samples every probability ratio is exactly 1, so the loss is minus the mean advantage, and advantages are differences from a mean, which add up to 0. Its gradient is not 0, and that is what teaches.';

/** With nothing subtracted, the value is the reward with its sign turned. */
const NO_BASELINE =
  'On fresh samples every probability ratio is exactly 1, so the loss is minus the mean advantage. Nothing is subtracted from the reward in this recipe, so that is about minus the reward: it says nothing that the reward does not say better.';

/** True when a completion of twice the length weighs more in the loss. */
const weighsByLength = ({ lossType, maxCompletionLength }: RunConfig): boolean => {
  const { weight } = lossEntry(lossType);
  const batch = { lengths: [1, 2], sampledTokens: 3, maxCompletionLength };
  return weight(batch, 0) !== 2 * weight(batch, 1);
};

const reasons: readonly { holds: (config: RunConfig) => boolean; text: string }[] = [
  { holds: weighsByLength, text: 'longer completions weigh more' },
  { holds: everUsesReference, text: 'the KL term is added' },
  { holds: ({ entropyCoef }) => entropyCoef > 0, text: 'the entropy bonus is taken off' },
  {
    holds: ({ maskTruncatedCompletions }) => maskTruncatedCompletions,
    text: 'truncated completions are left out',
  },
  { holds: ({ numIterations }) => numIterations > 1, text: 'samples are used more than once' },
];

export function lossAtZero(config: RunConfig): string {
  const why = config.advantageBaseline === 'none' ? NO_BASELINE : ZERO;
  const moved = reasons.filter(({ holds }) => holds(config)).map(({ text }) => text);
  return moved.length === 0 ? why : `${why} What moves it here: ${moved.join('; ')}.`;
}
