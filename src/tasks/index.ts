/**
 * The tasks a run can choose, by id. Trainer and page look tasks up here and nowhere else; a task
 * is on offer once a base policy that was pretrained for it is shipped.
 */
import { calculatorChain } from './calculatorChain.ts';
import type { Task } from './task.ts';

export const tasks: Readonly<Record<string, Task>> = { [calculatorChain.id]: calculatorChain };

/** The task called `id`; the config was checked before, so an unknown one is our own mistake. */
export function taskById(id: string): Task {
  const task = Object.hasOwn(tasks, id) ? tasks[id] : undefined;
  if (!task) throw new Error(`internal: no task "${id}"`);
  return task;
}
