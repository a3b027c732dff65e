/**
 * Everything a run carries from step to step: the policy, its reference, the optimiser, the data
 * and the counters. No behaviour but making and freeing it; `trainStep.ts` moves it on,
 * `checkpoint.ts` packs it.
 */
import { deviceLimits, freeWorkspaces } from '../../models/backend.ts';
import { createPolicy, disposePolicy, type Policy } from '../../models/policy.ts';
import type { PolicyFolder } from '../../models/policyFolder.ts';
import { createTokenizer, type PolicyTokenizer } from '../../models/tokenizer.ts';
import type { Example, Task } from '../tasks/task.ts';
import { microBatchShape, type MicroBatchShape } from './batch.ts';
import type { RunConfig } from './configTable.ts';
import { encodePrompt, heldOutSet, trainingSet } from './dataset.ts';
import { goldCompletion } from './goldCompletion.ts';
import { memoryBudget, type MemoryBudget } from './memory.ts';
import { disposeOptimizerState, initialOptimizerState, type OptimizerState } from './optimizer.ts';
import { runSizes, type LongestTexts } from './runSizes.ts';

/** What a run needs before anything of it is on the device. */
interface Prepared {
  readonly tokenizer: PolicyTokenizer;
  readonly train: readonly Example[];
  readonly heldOut: readonly Example[];
  readonly longest: LongestTexts;
  readonly budget: MemoryBudget;
}

export interface Learner {
  readonly config: RunConfig;
  readonly task: Task;
  readonly tokenizer: PolicyTokenizer;
  readonly policy: Policy;
  /** The base policy, kept only where the KL coefficient needs it. */
  readonly reference: Policy | null;
  readonly optimizer: OptimizerState;
  /** So many rows that a pass over them fits the device. */
  readonly microBatch: MicroBatchShape;
  readonly train: readonly Example[];
  readonly heldOut: readonly Example[];
  /** Steps done. The only random-number state there is: draws are addressed by it. */
  step: number;
  /** Index of the next training prompt. */
  promptCursor: number;
  /** Prompt and completion tokens seen so far. */
  numTokens: number;
}

/** Longest sequence that SFT learns from in tokens, bos and eos included; 0 for other methods. */
function longestImitated(
  { method, sftTarget }: RunConfig,
  task: Task,
  tokenizer: PolicyTokenizer,
  train: readonly Example[],
): number {
  if (method !== 'sft') return 0;
  const lengths = train.map((example) => {
    const completion = goldCompletion(task, example, sftTarget);
    return encodePrompt(tokenizer, example.prompt).length + tokenizer.encode(completion).length + 1;
  });
  return Math.max(...lengths);
}

/** Tokenizer, examples, and what the run will need on the active backend's device. */
export function prepareLearner(config: RunConfig, task: Task, base: PolicyFolder): Prepared {
  const tokenizer = createTokenizer(base.tokenizerJson, base.config);
  const train = trainingSet(task, config);
  const heldOut = heldOutSet(task, config);
  const prompts = [...train, ...heldOut].map(({ prompt }) => encodePrompt(tokenizer, prompt));
  const longest = {
    prompt: Math.max(...prompts.map((ids) => ids.length)),
    imitated: longestImitated(config, task, tokenizer, train),
  };
  const budget = memoryBudget(runSizes(config, base.config, longest), deviceLimits());
  return { tokenizer, train, heldOut, longest, budget };
}

/** A fresh run: step 0, the base policy, zero moments. */
export function createLearner(
  config: RunConfig,
  task: Task,
  base: PolicyFolder,
  { tokenizer, train, heldOut, budget } = prepareLearner(config, task, base),
): Learner {
  const policy = createPolicy(base.config, base.tensors);
  return {
    config,
    task,
    tokenizer,
    policy,
    reference:
      config.method === 'rft' && config.beta > 0 ? createPolicy(base.config, base.tensors) : null,
    optimizer: initialOptimizerState(policy.parameters.values()),
    microBatch: microBatchShape(budget.microBatchRows),
    train,
    heldOut,
    step: 0,
    promptCursor: 0,
    numTokens: 0,
  };
}

export function disposeLearner(learner: Learner): void {
  disposePolicy(learner.policy);
  if (learner.reference) disposePolicy(learner.reference);
  disposeOptimizerState(learner.optimizer);
  freeWorkspaces();
}
