/** The memory that a run takes, in words. */
import type { MemoryBudget } from '../../rft/memory.ts';
import * as format from '../format.ts';

/** For the line itself. */
export function memoryText({ bytes, excess }: MemoryBudget): string {
  return `about ${format.roughBytes(bytes)}${excess ? ', too large' : ''}`;
}

/** What it consists of; or what is too large, and what to change. */
export function memoryMeaning({ byPart, microBatchRows, excess }: MemoryBudget): string {
  if (excess) return `Too large for this device: ${excess.problem}. ${excess.remedy}`;
  const { learning, sampling, optimiser, weights } = byPart;
  return (
    `What this recipe takes while it runs: learning ${format.roughBytes(learning)}, sampling ` +
    `${format.roughBytes(sampling)}, weights and optimiser ` +
    `${format.roughBytes(weights + optimiser)}. A step is learned from in micro-batches of at ` +
    `most ${microBatchRows} completions, chosen to fit the device; the gradient is the same.`
  );
}
