/** What reward code is given for a completion: plain data, the task's whole example included. */
import type { CodeInput, Json } from '../graders/codeReward.ts';
import type { Example, Task } from '../tasks/task.ts';

export function codeInput(
  task: Task,
  example: Example,
  completion: string,
  step: number,
): CodeInput {
  const { thinking, answer } = task.parts(completion);
  // Examples are strings, numbers and lists of them, which their own types say less loosely.
  const data = example as unknown as Json;
  return { prompt: example.prompt, completion, thinking, answer, example: data, step };
}
