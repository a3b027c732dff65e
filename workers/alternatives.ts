/**
 * What else was likely in each place of a step's completions, asked of the policy before the update
 * that follows. One more forward pass over the step; the step itself is the same to the bit.
 */
import { askedTokens } from '../src/rft/ask.ts';
import type { Learner } from '../src/rft/learner.ts';
import type { StepRow } from '../src/rft/stepRow.ts';
import type { AskedToken } from '../src/rft/asked.ts';

/** Of each token of a completion, eos last: the likeliest in its place. */
export type Likeliest = AskedToken['likeliest'][];

/** Row by row, at the run's temperature. */
export async function likeliestOf(
  { policy, tokenizer, config }: Learner,
  rows: readonly StepRow[],
): Promise<Likeliest[]> {
  const asked = await askedTokens(
    policy,
    tokenizer,
    rows.map(({ rollout }) => rollout),
    config.temperature,
  );
  return asked.map((tokens) => tokens.map(({ likeliest }) => likeliest));
}
