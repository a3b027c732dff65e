/**
 * The tasks a run can choose, by id. Trainer and page look tasks up here and nowhere else. The
 * user's own data is a task too, made from the config's rows and split by its seed.
 */
import { adjudication } from './adjudication.ts';
import { calculatorChain } from './calculatorChain.ts';
import { countdown } from './countdown.ts';
import { ownTask } from './ownData.ts';
import { programSynthesis } from './programSynthesis.ts';
import { reversal } from './reversal.ts';
import type { OwnRow, Task } from './task.ts';

/** The generated tasks, in the order in which they are offered. */
export const tasks: readonly Task[] = [
  calculatorChain,
  countdown,
  programSynthesis,
  adjudication,
  reversal,
];

const byId: ReadonlyMap<string, Task> = new Map(tasks.map((task) => [task.id, task]));

/** What of a config decides its task. */
export interface TaskChoice {
  task: string;
  rows: readonly OwnRow[];
  /** Decides which of the rows are held out, where `ownSplit` says so. */
  seed: number;
  ownSplit?: 'text' | 'seed';
}

/** The task of a config that was checked before, so an unknown one is our own mistake. */
export function taskOf({ task: id, rows, seed, ownSplit = 'seed' }: TaskChoice): Task {
  if (id === 'own') return ownTask(rows, ownSplit === 'seed' ? seed : null);
  const task = byId.get(id);
  if (!task) throw new Error(`internal: no task "${id}"`);
  return task;
}
