/**
 * What of a recipe does not fit its task: things that only the task knows, and that the config
 * table's own rules cannot. The form shows them at their fields; the trainer refuses to start.
 */
import { taskOf } from './index.ts';
import { ownDataProblem } from './ownData.ts';
import type { OwnRow, Task } from './task.ts';

/** The settings that are looked at; RunConfig has them all. */
export interface TaskSettings {
  task: string;
  rows: readonly OwnRow[];
  method: string;
  sftTarget: string;
  /** One a reward function; none: the task's own. */
  rewardWeights: readonly unknown[];
}

export interface RecipeProblem {
  field: keyof TaskSettings;
  message: string;
}

const checks: readonly {
  field: keyof TaskSettings;
  message: (settings: TaskSettings, task: Task) => string | null;
}[] = [
  {
    field: 'rows',
    message: ({ rows }, { id }) => (id === 'own' ? ownDataProblem(rows) : null),
  },
  {
    field: 'sftTarget',
    message: ({ method, sftTarget }, { hasChains }) =>
      method === 'sft' && sftTarget === 'chain' && !hasChains
        ? 'There are no gold chains for this task: imitate the answers.'
        : null,
  },
  {
    field: 'rewardWeights',
    message: ({ rewardWeights: { length } }, { rewards }) =>
      length === 0 || length === rewards.length
        ? null
        : `This task has ${rewards.length} reward functions, but ${length} weights are given.`,
  },
];

/** Every problem, at most one a field; none when task and recipe fit. */
export function recipeProblems(settings: TaskSettings): RecipeProblem[] {
  // No example is drawn here, so any seed will do.
  const task = taskOf({ ...settings, seed: 0 });
  return checks.flatMap(({ field, message: check }) => {
    const message = check(settings, task);
    return message === null ? [] : [{ field, message }];
  });
}
