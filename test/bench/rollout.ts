/**
 * The whole rollout as one kernel against the composition it must agree with, in one run on the
 * same prompts; that they do agree is the tests' business. Prompts come in groups of 8, as in
 * training, and no row may end before its 48th token.
 */
import { rollout, rolloutKernelTakes, rolloutReference } from '../../models/rollout.ts';
import type { RolloutRequest } from '../../models/rollout.ts';
import { noWarping } from '../../models/warpers.ts';
import { encodePrompt } from '../../src/rft/dataset.ts';
import type { Learner } from '../../src/rft/learner.ts';
import type { Figure } from './table.ts';
import { bestMs } from './timing.ts';

const groups = 8;
const rows = 64;
const newTokens = 48;

/** On the active backend: 64 completions of 48 tokens. */
export async function rolloutFigures(learner: Learner): Promise<Figure[]> {
  const { policy, tokenizer, train } = learner;
  const prompts = train.slice(0, groups).map(({ prompt }) => encodePrompt(tokenizer, prompt));
  const request: RolloutRequest = {
    promptIds: Array.from({ length: rows }, (_, row) => prompts[Math.floor(row / groups)]!),
    maxNewTokens: newTokens,
    eosId: -1, // no token
    padId: tokenizer.padId,
    warping: noWarping,
    draw: { seed: 1, purpose: 'sample', step: 0 },
  };
  const perSecond = async (sample: typeof rollout): Promise<number> =>
    (rows * newTokens * 1000) / (await bestMs(() => sample(policy, request)));
  const reference = await perSecond(rolloutReference);
  const composed: Figure = ['rollout, 64 × 48 tokens, composition', reference, 'tokens/s'];
  if (!rolloutKernelTakes(policy, request)) return [composed];
  const kernel = await perSecond(rollout);
  return [
    composed,
    ['rollout, 64 × 48 tokens, kernel', kernel, 'tokens/s'],
    ['kernel / composition', kernel / reference, 'times'],
  ];
}
