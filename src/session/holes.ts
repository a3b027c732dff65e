/** The gallery of rewards with a known hole: one a task, the task at hand first. */
import type { TaskId } from '../rft/taskRecipes.ts';
import { tasks } from '../tasks/index.ts';
import type { ProxyReward, Task } from '../tasks/task.ts';

export interface Hole {
  task: TaskId;
  title: string;
  proxy: ProxyReward;
}

export function tasksWithHoles(current: Task): Hole[] {
  const others = tasks.filter(({ id }) => id !== current.id);
  return [current, ...others].map(({ id, title, proxy }) => ({ task: id as TaskId, title, proxy }));
}
