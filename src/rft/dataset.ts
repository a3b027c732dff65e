/**
 * Which examples a run sees: training examples are f(seed, index), the held-out ones are fixed
 * for everybody. A task keeps the two apart by construction; here they only get their addresses.
 */
import { drawStream } from '../../models/philox.ts';
import type { PolicyTokenizer } from '../../models/tokenizer.ts';
import type { Example, Task } from '../tasks/task.ts';

/** Held-out examples do not depend on the run's seed, so that runs can be compared. */
const heldOutSeed = 20_261_101;

/** Training example number `index` of a run with this seed. */
export function trainExample(task: Task, seed: number, index: number): Example {
  return task.example(drawStream(seed, 'task', index), false);
}

/** Held-out example number `index`; the same in every run. */
export function heldOutExample(task: Task, index: number): Example {
  return task.example(drawStream(heldOutSeed, 'heldOutTask', index), true);
}

/** The `count` examples of one step, cycling through the training prompts from `cursor`. */
export function nextExamples(
  train: readonly Example[],
  cursor: number,
  count: number,
): { index: number; example: Example }[] {
  return Array.from({ length: count }, (_, i) => {
    const index = (cursor + i) % train.length;
    const example = train[index];
    if (!example) throw new Error(`internal: no training example ${String(index)}`);
    return { index, example };
  });
}

/** A prompt's ids, bos first. */
export function encodePrompt(tokenizer: PolicyTokenizer, prompt: string): number[] {
  return [tokenizer.bosId, ...tokenizer.encode(prompt)];
}
