/** The text that supervised fine-tuning imitates for an example. Free of tfjs: the page shows it. */
import type { Example, Task } from '../tasks/task.ts';
import type { RunConfig } from './configTable.ts';

/** The completion that SFT shows for an example: worked, or the bare answer in the task's form. */
export function goldCompletion(
  task: Task,
  example: Example,
  target: RunConfig['sftTarget'],
): string {
  if (target === 'chain') return example.gold;
  return task.thinks ? `<>${example.answer}` : example.answer;
}
