/**
 * What reward code would be given for a run's first training prompt, completed by the book: the
 * same fields as the scorer fills in, for people to see what they can read.
 */
import type { CodeInput } from '../graders/codeReward.ts';
import { codeInput } from '../rft/codeInput.ts';
import type { RunConfig } from '../rft/configTable.ts';
import { trainingSet } from '../rft/dataset.ts';
import { taskOf } from '../tasks/index.ts';

/** Undefined where there is no prompt yet: the user's own data, still empty. */
export function codeSample(config: RunConfig): CodeInput | undefined {
  const task = taskOf(config);
  const [example] = trainingSet(task, { ...config, numPrompts: 1 });
  if (!example) return undefined;
  return codeInput(task, example, example.gold, 1);
}
