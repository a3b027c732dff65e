/**
 * What a run's prompts are, for display: how many there really are, and which texts SFT imitates.
 * The trainer draws the same from the same config; nothing of it crosses between the threads.
 */
import type { RunConfig } from '../rft/configTable.ts';
import { nextExamples, trainingSet } from '../rft/dataset.ts';
import { goldCompletion } from '../rft/goldCompletion.ts';
import { taskOf } from '../tasks/index.ts';

export interface PromptCounts {
  train: number;
  heldOut: number;
}

/** Prompts a run trains on and is measured on; a finite task may have fewer than asked for. */
export function promptCounts(config: RunConfig): PromptCounts {
  const task = taskOf(config);
  const least = (wanted: number, heldOut: boolean): number =>
    task.pool ? Math.min(wanted, task.pool(heldOut).length) : wanted;
  return { train: least(config.numPrompts, false), heldOut: least(config.numEvalPrompts, true) };
}

export interface ImitatedText {
  prompt: string;
  thinking: string;
  answer: string;
}

/** The first `count` texts that SFT imitates at a step (from 1). */
export function imitatedTexts(config: RunConfig, step: number, count: number): ImitatedText[] {
  const task = taskOf(config);
  const train = trainingSet(task, config);
  if (train.length === 0) return [];
  const cursor = ((step - 1) * config.generationBatchSize) % train.length;
  const shown = Math.min(count, config.generationBatchSize);
  return nextExamples(train, cursor, shown).map(({ example }) => ({
    prompt: example.prompt,
    ...task.parts(goldCompletion(task, example, config.sftTarget)),
  }));
}
