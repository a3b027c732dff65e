/**
 * How far a step's update moves the log-probabilities of its completions: the same forward pass
 * before it and after it. What the tokens were drawn with would spare the first one, but it is
 * rounded otherwise; this way a policy that stayed as it was tells changes of exactly 0. The step
 * itself is the same to the bit.
 */
import { completionLogps } from '../src/rft/inspect.ts';
import type { Learner } from '../src/rft/learner.ts';
import type { OnSampled, StepRow } from '../src/rft/stepRow.ts';

export interface ChangeMeter {
  /** Just before the update; these rows are measured. */
  readonly before: OnSampled;
  /**
   * Once the update is made or queued. Row by row, of each token, eos last: log-probability after
   * the update less before. Empty where the step sampled nothing.
   */
  after(): Promise<number[][]>;
}

export function changeMeter(learner: Learner): ChangeMeter {
  let before: number[][] = [];
  let rows: readonly StepRow[] = [];
  const measure = (): Promise<number[][]> =>
    completionLogps(
      learner,
      rows.map(({ rollout }) => rollout),
    );
  return {
    before: async (sampled) => {
      rows = sampled;
      before = await measure();
    },
    async after() {
      const after = await measure();
      return after.map((row, i) => row.map((logp, t) => logp - (before[i]?.[t] ?? logp)));
    },
  };
}
