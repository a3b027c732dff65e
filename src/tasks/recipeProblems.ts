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
  ownSplit: 'text' | 'seed';
  method: string;
  sftTarget: string;
  /** None: the task's own. */
  rewards: readonly Reward[];
  /** One a reward function; none: each one's own. */
  rewardWeights: readonly unknown[];
  /** What takes another value from a step on, in order of the steps. */
  changes: readonly (Partial<Rewarded> & { step: number })[];
}

interface Reward {
  kind: string;
  name: string;
  /** Of a combination: the graders that it combines. */
  parts?: unknown;
}

/** Whether a reward, or a part of it, needs the task's unit tests. */
function usesTests({ kind, parts }: Reward): boolean {
  const inside = Array.isArray(parts) ? (parts as { grader: Reward }[]) : [];
  return kind === 'unit_tests' || inside.some(({ grader }) => usesTests(grader));
}

type Rewarded = Pick<TaskSettings, 'rewards' | 'rewardWeights'>;

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
    message: ({ rows, ownSplit }, { id }) => (id === 'own' ? ownDataProblem(rows, ownSplit) : null),
  },
  {
    field: 'sftTarget',
    message: ({ method, sftTarget }, { hasChains }) =>
      method === 'sft' && sftTarget === 'chain' && !hasChains
        ? 'There are no worked solutions for this task: imitate the answers.'
        : null,
  },
  {
    field: 'rewards',
    message({ rewards }, task) {
      const own = [...task.rewards, task.proxy].map(({ name }) => name);
      const missing = rewards.find(({ kind, name }) => kind === 'task' && !own.includes(name));
      if (missing) return `${task.title} has no reward called ${missing.name}: take it out.`;
      const untestable = task.testResults ? undefined : rewards.find(usesTests);
      return untestable ? `${task.title} has no unit tests for ${untestable.name} to run.` : null;
    },
  },
  {
    field: 'rewardWeights',
    message({ rewardWeights: { length }, rewards }, task) {
      const functions = rewards.length > 0 ? rewards.length : task.rewards.length;
      return length === 0 || length === functions
        ? null
        : `There are ${functions} reward functions, but ${length} weights are given.`;
    },
  },
];

function problemsOf(settings: TaskSettings, task: Task): RecipeProblem[] {
  return checks.flatMap(({ field, message: check }) => {
    const message = check(settings, task);
    return message === null ? [] : [{ field, message }];
  });
}

/** The first thing that is wrong after a change, the changes before it included. */
function changeProblem(settings: TaskSettings, task: Task): RecipeProblem[] {
  let now = settings;
  for (const { step, ...values } of settings.changes) {
    now = { ...now, ...values };
    const [problem] = problemsOf(now, task);
    if (problem) return [{ field: 'changes', message: `From step ${step} on: ${problem.message}` }];
  }
  return [];
}

/** Every problem, at most one a field; none when task and recipe fit. */
export function recipeProblems(settings: TaskSettings): RecipeProblem[] {
  // No example is drawn here, so any seed will do.
  const task = taskOf({ ...settings, seed: 0 });
  const atStart = problemsOf(settings, task);
  return atStart.length > 0 ? atStart : changeProblem(settings, task);
}
