/** Time and tokens that a run will take, in words. */
import type { RunConfig } from '../../rft/configTable.ts';
import { tokensAtMost, type Estimate } from '../../session/estimate.ts';
import * as format from '../format.ts';

/** Seconds from which a smaller recipe is worth a hint. */
const LONG = 600;

/** To two figures: nothing more is known. */
export const timeText = ({ seconds }: Estimate): string =>
  `about ${format.duration(Number(seconds.toPrecision(2)))}`;

/** Without a measurement: what it is at most. */
export const tokensText = (config: RunConfig, estimate: Estimate | null): string =>
  estimate
    ? `about ${format.roughCount(estimate.tokens)}`
    : `up to ${format.roughCount(tokensAtMost(config))}`;

export function estimateMeaning(estimate: Estimate | null): string {
  if (!estimate) {
    return (
      'How long Run will take on this device. Measuring loads the policy and makes two steps of ' +
      'the recipe and an evaluation, which are thrown away. A run that has ended is measured too.'
    );
  }
  return (
    'All steps and evaluations at the speed that was last measured on this device. Completions ' +
    'grow and shrink as the policy learns, and the time with them.' +
    (estimate.seconds > LONG
      ? ' A smaller base policy, fewer completions a step or fewer steps make it shorter.'
      : '')
  );
}
