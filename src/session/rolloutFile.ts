/**
 * The completions that the page holds of a run, as a file for its archive. Written step by step
 * with turns of the event loop between, so that the page stays alive; what is no longer held is
 * said in words.
 */
import type { RolloutFile } from './archiveProtocol.ts';
import type { RolloutView } from './protocol.ts';
import { rolloutLines } from './rolloutLines.ts';

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

function linesOf(rollout: RolloutView): string {
  const matches = rollout.groups.flatMap((group) =>
    group.completions.map((completion) => ({ rollout, group, completion })),
  );
  return rolloutLines(matches);
}

/** @param steps that the run has done by its newest checkpoint; later ones are left out. */
export async function rolloutFile(
  held: readonly RolloutView[],
  steps: number,
): Promise<RolloutFile> {
  const rollouts = held.filter(({ step }) => step <= steps);
  if (rollouts.length === 0) {
    const note =
      'Completions are not stored with a run; only the page that trains it holds them, until it is closed.';
    return { lines: null, steps: 0, note };
  }
  const parts: string[] = [];
  for (const rollout of rollouts) {
    parts.push(linesOf(rollout));
    await turn();
  }
  const note =
    rollouts.length === steps
      ? 'Of every step; of old steps of a long run a sample of the prompts.'
      : `Of ${rollouts.length} of ${steps} steps, those that the page still held.`;
  return { lines: new Blob(parts), steps: rollouts.length, note };
}
