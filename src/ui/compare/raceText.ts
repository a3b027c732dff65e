/** How far a race is and how it ended, in words, for where the race itself is out of sight. */
import { methodName } from '../../session/configWords.ts';
import type { RaceLane } from '../../session/raceLane.svelte.ts';
import { share } from '../format.ts';

type Runner = Pick<RaceLane, 'config' | 'state'>;

/** "RFT 3, SFT 2 of 12": both have the same number of steps. */
export function raceMark(lanes: readonly Runner[]): string {
  const done = lanes.map(({ config, state }) => `${methodName(config)} ${state.step}`);
  return `${done.join(', ')} of ${lanes[0]?.config.maxSteps ?? 0}`;
}

/** "RFT: step 12 of 12, held-out accuracy 60 %. SFT: …". */
export function raceEnd(lanes: readonly Runner[]): string {
  const sentence = ({ config, state }: Runner): string => {
    const heldOut = state.evalNow === null ? '' : `, held-out accuracy ${share(state.evalNow)}`;
    return `${methodName(config)}: step ${state.step} of ${config.maxSteps}${heldOut}.`;
  };
  return lanes.map(sentence).join(' ');
}
