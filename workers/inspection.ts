/**
 * A step under the magnifier: what is measured of one of its groups before and after the update,
 * made ready for the page. The step itself is the same as without, to the bit.
 */
import { sampleAgain } from '../src/rft/inspect.ts';
import type { Learner } from '../src/rft/learner.ts';
import type { OnSampled, StepRow } from '../src/rft/stepRow.ts';
import type { InspectedGroup, InspectionView } from '../src/session/protocol.ts';
import { likeliestOf, type Likeliest } from './alternatives.ts';
import { changeMeter } from './logpChanges.ts';
import { rolloutView } from './rolloutView.ts';

export interface Inspector {
  /** Just before the update. */
  readonly before: OnSampled;
  /** When the step is done; null where it sampled nothing. */
  after(): Promise<InspectionView | null>;
}

/** How far the rewards that there are lie from their mean: the sum of squares. */
function spread(rows: readonly StepRow[]): number {
  const rewards = rows.flatMap(({ reward }) => (reward === null ? [] : [reward]));
  const mean = rewards.reduce((sum, reward) => sum + reward, 0) / Math.max(1, rewards.length);
  return rewards.reduce((sum, reward) => sum + (reward - mean) * (reward - mean), 0);
}

/** Place of the group whose rewards differ most; the first of several. */
function mostTelling(groups: readonly (readonly StepRow[])[]): number {
  const spreads = groups.map(spread);
  return Math.max(0, spreads.indexOf(Math.max(...spreads)));
}

/** @param wanted where its place is past the end, the last group. */
export function inspector(learner: Learner, wanted: InspectedGroup): Inspector {
  const size = learner.config.numGenerations;
  let group: readonly StepRow[] = [];
  let likeliest: Likeliest[] = [];
  const meter = changeMeter(learner);
  return {
    before: async (rows) => {
      const groups = Array.from({ length: rows.length / size }, (_, i) =>
        rows.slice(i * size, (i + 1) * size),
      );
      const place = wanted === 'telling' ? mostTelling(groups) : wanted;
      group = groups[Math.max(0, Math.min(place, groups.length - 1))] ?? [];
      await meter.before(group);
      likeliest = await likeliestOf(learner, group);
    },
    async after() {
      if (group.length === 0) return null;
      const changes = await meter.after();
      const again = await sampleAgain(learner, group);
      const { step, rewardNames, groups } = rolloutView(learner, group);
      const [shown] = groups;
      const [fresh] = rolloutView(learner, again).groups;
      if (!shown || !fresh) return null;
      return { step, rewardNames, group: shown, changes, likeliest, again: fresh.completions };
    },
  };
}
