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
import { configAt } from './recipeChange.ts';
import { usesReference } from './reference.ts';
import { createScorer, type RewardScorer } from './rewardScorer.ts';
import type { RewardRunner } from '../graders/codeReward.ts';
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
  /** The recipe in force at the step at hand; see `follow`. */
  config: RunConfig;
  readonly task: Task;
  readonly base: PolicyFolder;
  readonly runner: RewardRunner | null;
  /** The reward functions in force. */
  scorer: RewardScorer;
  readonly tokenizer: PolicyTokenizer;
  readonly policy: Policy;
  /** What the KL is measured against; kept from the first step on that has a KL coefficient. */
  reference: Policy | null;
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
  /** Digest of what was done so far (digest.ts); null: parts of it are not known here. */
  chain: string | null;
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

const scorerOf = (
  { rewards, maxCompletionLength }: RunConfig,
  task: Task,
  runner: RewardRunner | null,
): RewardScorer => createScorer(rewards, { task, maxCompletionLength, runner });

const referenceOf = (config: RunConfig, base: PolicyFolder): Policy | null =>
  usesReference(config) ? createPolicy(base.config, base.tensors) : null;

/**
 * A fresh run: step 0, the base policy, zero moments.
 * @param recipe with all its changes; what holds at step 1 is in force.
 * @param runner the sandbox for reward code; null where there is none.
 */
export function createLearner(
  recipe: RunConfig,
  task: Task,
  base: PolicyFolder,
  runner: RewardRunner | null = null,
  { tokenizer, train, heldOut, budget } = prepareLearner(recipe, task, base),
): Learner {
  const config = configAt(recipe, 1);
  const policy = createPolicy(base.config, base.tensors);
  return {
    config,
    task,
    base,
    runner,
    tokenizer,
    policy,
    scorer: scorerOf(config, task, runner),
    reference: referenceOf(config, base),
    optimizer: initialOptimizerState(policy.parameters.values()),
    microBatch: microBatchShape(budget.microBatchRows),
    train,
    heldOut,
    step: 0,
    promptCursor: 0,
    numTokens: 0,
    chain: null,
  };
}

/** Puts in force what the recipe says for the next step. */
export function follow(learner: Learner, recipe: RunConfig): void {
  const { config: before, task, base, runner } = learner;
  const config = configAt(recipe, learner.step + 1);
  learner.config = config;
  if (config.rewards !== before.rewards) learner.scorer = scorerOf(config, task, runner);
  learner.reference ??= referenceOf(config, base);
}

export function disposeLearner(learner: Learner): void {
  disposePolicy(learner.policy);
  if (learner.reference) disposePolicy(learner.reference);
  disposeOptimizerState(learner.optimizer);
  freeWorkspaces();
}
