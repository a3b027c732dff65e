/**
 * The memory that a run will take, forecast in the page from its recipe: the trainer's own budget,
 * but for the longest texts, of which a few examples are looked at. Nothing is loaded for it.
 */
import type { RunConfig } from '../rft/configTable.ts';
import { heldOutSet, trainingSet } from '../rft/dataset.ts';
import { goldCompletion } from '../rft/goldCompletion.ts';
import { memoryBudget, type DeviceLimits, type MemoryBudget } from '../rft/memory.ts';
import { decoderOf } from '../rft/policyDecoder.ts';
import { policyTable } from '../rft/policyTable.ts';
import { runSizes, type LongestTexts } from '../rft/runSizes.ts';
import { taskOf } from '../tasks/index.ts';
import { vocabulary } from '../tasks/vocabulary.ts';

/** Examples of either side to look at; they are made one by one, and a keystroke must not wait. */
const looked = 16;

/** A token a character, and bos or eos with each text. */
const tokensOf = (text: string): number => text.length + 1;

/** The longest texts of a few examples of either side. */
export function longestTexts(config: RunConfig): LongestTexts {
  const task = taskOf(config);
  const few = (wanted: number): number => (task.pool ? wanted : Math.min(wanted, looked));
  const some = {
    ...config,
    numPrompts: few(config.numPrompts),
    numEvalPrompts: few(config.numEvalPrompts),
  };
  const train = trainingSet(task, some);
  const prompts = [...train, ...heldOutSet(task, some)].map(({ prompt }) => tokensOf(prompt));
  const imitated = train.map(
    (example) =>
      tokensOf(example.prompt) + tokensOf(goldCompletion(task, example, config.sftTarget)),
  );
  return {
    prompt: Math.max(1, ...prompts),
    imitated: config.method === 'sft' ? Math.max(0, ...imitated) : 0,
  };
}

/** What the run will need; `limits` null: on the CPU. */
export function memoryForecast(config: RunConfig, limits: DeviceLimits | null): MemoryBudget {
  const decoder = decoderOf(policyTable[config.policy].shape, vocabulary.length);
  return memoryBudget(runSizes(config, decoder, longestTexts(config)), limits);
}
