/** In words, which of a run's rollouts are not there to be looked at. */
import type { Rollouts } from '../../session/rollouts.svelte.ts';

export const stepsKeptWords = (kept: number, come: number, budget: string): string =>
  `${kept} of ${come} steps kept: all together may take ${budget}.`;

/** Why another step than the one that was asked for is shown. */
export function missingWords(
  { step, dropped }: NonNullable<Rollouts['missing']>,
  shown: number,
  recorded: boolean,
): string {
  const instead = `; step ${shown} is shown.`;
  if (dropped) return `Step ${step} was not kept${instead}`;
  return recorded
    ? `The recording holds no rollouts of step ${step}${instead}`
    : `There are no rollouts of step ${step}${instead}`;
}
