/**
 * A step under the magnifier: what is measured of one of its groups before and after the update,
 * made ready for the page. The step itself is the same as without, to the bit.
 */
import { completionLogps, sampleAgain } from '../src/rft/inspect.ts';
import type { Learner } from '../src/rft/learner.ts';
import type { OnSampled, StepRow } from '../src/rft/stepRow.ts';
import type { InspectionView } from '../src/session/protocol.ts';
import { likeliestOf, type Likeliest } from './alternatives.ts';
import { rolloutView } from './rolloutView.ts';

export interface Inspector {
  /** Just before the update. */
  readonly before: OnSampled;
  /** When the step is done; null where it sampled nothing. */
  after(): Promise<InspectionView | null>;
}

/** @param place of the group within the step; the last one where there are fewer. */
export function inspector(learner: Learner, place: number): Inspector {
  const size = learner.config.numGenerations;
  let group: readonly StepRow[] = [];
  let before: number[][] = [];
  let likeliest: Likeliest[] = [];
  const rolloutsOf = (rows: readonly StepRow[]) => rows.map(({ rollout }) => rollout);
  return {
    before: async (rows) => {
      const first = Math.max(0, Math.min(place, rows.length / size - 1)) * size;
      group = rows.slice(first, first + size);
      before = await completionLogps(learner, rolloutsOf(group));
      likeliest = await likeliestOf(learner, group);
    },
    async after() {
      if (group.length === 0) return null;
      const after = await completionLogps(learner, rolloutsOf(group));
      const again = await sampleAgain(learner, group);
      const { step, rewardNames, groups } = rolloutView(learner, group);
      const [shown] = groups;
      const [fresh] = rolloutView(learner, again).groups;
      if (!shown || !fresh) return null;
      const changes = after.map((row, i) => row.map((logp, t) => logp - (before[i]?.[t] ?? logp)));
      return { step, rewardNames, group: shown, changes, likeliest, again: fresh.completions };
    },
  };
}
