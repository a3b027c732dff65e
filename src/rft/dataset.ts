/**
 * Which examples a run sees: training examples are f(seed, index), the held-out ones are fixed
 * for everybody, but for the user's own rows, which the task itself has split by the run's seed.
 * A task keeps the two apart by construction; here they only get their addresses.
 */
import { drawStream } from '../../models/philox.ts';
import type { PolicyTokenizer } from '../../models/tokenizer.ts';
import type { Example, Task } from '../tasks/task.ts';
import type { RunConfig } from './configTable.ts';
import { shuffled } from './shuffled.ts';

/** The address of held-out examples does not depend on the run's seed: runs can be compared. */
const heldOutSeed = 20_261_101;

/** Training example number `index` of a run with this seed. */
export function trainExample(task: Task, seed: number, index: number, level?: number): Example {
  return task.example(drawStream(seed, 'task', index), false, level);
}

/** Held-out example number `index`; the same in every run. */
export function heldOutExample(task: Task, index: number, level?: number): Example {
  return task.example(drawStream(heldOutSeed, 'heldOutTask', index), true, level);
}

/** What of a config decides which examples a run sees. */
type DataConfig = Pick<RunConfig, 'seed' | 'level' | 'numPrompts' | 'numEvalPrompts'>;

/** The first `count` of a finite task's examples, in an order addressed by the seed. */
function fromPool(pool: readonly Example[], count: number, seed: number): Example[] {
  return shuffled(pool, drawStream(seed, 'ownData', 0)).slice(0, count);
}

/** The run's training examples: `numPrompts` of them, or all that a finite task has. */
export function trainingSet(task: Task, config: DataConfig): Example[] {
  const { seed, level, numPrompts } = config;
  if (task.pool) return fromPool(task.pool(false), numPrompts, seed);
  return Array.from({ length: numPrompts }, (_, i) => trainExample(task, seed, i, level));
}

/** The held-out examples: `numEvalPrompts` of them, or all that a finite task has. */
export function heldOutSet(task: Task, config: DataConfig): Example[] {
  const { level, numEvalPrompts } = config;
  if (task.pool) return fromPool(task.pool(true), numEvalPrompts, heldOutSeed);
  return Array.from({ length: numEvalPrompts }, (_, i) => heldOutExample(task, i, level));
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
