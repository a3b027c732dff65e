/**
 * Why the loss of RFT says little, in words: for losses of the ratio, why it sits near 0 and what
 * moves it off 0 in a given recipe. With fresh samples every ratio is 1, and then the value of such
 * a loss is −mean(A): see the equations in lossTable. Words only; nothing is computed.
 */
import type { RunConfig } from '../../rft/configTable.ts';
import { lossEntry, type LossType } from '../../rft/lossTable.ts';
import { everUsesReference } from '../../rft/recipeChange.ts';

const ZERO =
  'Why it sits near 0: on fresh samples every probability ratio is exactly 1, so the loss is minus the mean advantage, and advantages are differences from a mean, which add up to 0. Its gradient is not 0, and that is what teaches.';

/** With nothing subtracted, the value is the reward with its sign turned. */
const NO_BASELINE =
  'On fresh samples every probability ratio is exactly 1, so the loss is minus the mean advantage. Nothing is subtracted from the reward in this recipe, so that is about minus the reward: it says nothing that the reward does not say better.';

/** Losses of A·log π, whose value is no mean of advantages. */
const OF_LOG_PROBABILITY =
  'This loss weighs log-probabilities with the advantages, so its value depends on which samples were drawn, and wanders about 0 without telling whether anything was learnt. Only its gradient teaches.';

const ofLogProbability: ReadonlySet<LossType> = new Set(['cispo', 'vespo', 'reinforce']);

/** True unless a completion weighs the same whatever its length. */
const weighsByLength = ({ lossType, maxCompletionLength }: RunConfig): boolean => {
  const { weight } = lossEntry(lossType);
  const batch = { lengths: [1, 2], sampledTokens: 3, maxCompletionLength };
  return weight(batch, 0) !== 2 * weight(batch, 1);
};

const reasons: readonly { holds: (config: RunConfig) => boolean; text: string }[] = [
  { holds: weighsByLength, text: 'longer completions weigh more' },
  {
    holds: ({ lossType, sapoTemperaturePos, sapoTemperatureNeg }) =>
      lossType === 'sapo' && sapoTemperaturePos !== sapoTemperatureNeg,
    text: 'its gate is steeper for advantages of one sign',
  },
  {
    holds: ({ advantageBaseline, scaleRewards }) =>
      advantageBaseline === 'batch' && scaleRewards === 'group',
    text: 'each group is scaled by its own spread',
  },
  {
    holds: (config) => everUsesReference(config) && !config.klInReward,
    text: 'the KL term is added',
  },
  { holds: ({ entropyCoef }) => entropyCoef > 0, text: 'the entropy bonus is taken off' },
  { holds: ({ topEntropyQuantile }) => topEntropyQuantile < 1, text: 'some tokens are left out' },
  {
    holds: ({ maskTruncatedCompletions }) => maskTruncatedCompletions,
    text: 'truncated completions are left out',
  },
  { holds: ({ numIterations }) => numIterations > 1, text: 'samples are used more than once' },
];

export function lossAtZero(config: RunConfig): string {
  if (ofLogProbability.has(config.lossType)) return OF_LOG_PROBABILITY;
  if (config.advantageBaseline === 'none') return NO_BASELINE;
  const moved = reasons.filter(({ holds }) => holds(config)).map(({ text }) => text);
  return moved.length === 0 ? ZERO : `${ZERO} What moves it here: ${moved.join('; ')}.`;
}
