/**
 * Everything a run carries from step to step: the policy, its reference, the optimiser, the data
 * and the counters. No behaviour but making and freeing it; `trainStep.ts` moves it on,
 * `checkpoint.ts` packs it.
 */
import { createPolicy, disposePolicy, type Policy } from '../../models/policy.ts';
import type { PolicyFolder } from '../../models/policyFolder.ts';
import { createTokenizer, type PolicyTokenizer } from '../../models/tokenizer.ts';
import type { Example, Task } from '../tasks/task.ts';
import type { RunConfig } from './configTable.ts';
import { encodePrompt, heldOutSet, trainingSet } from './dataset.ts';
import { goldCompletion } from './goldCompletion.ts';
import { disposeOptimizerState, initialOptimizerState, type OptimizerState } from './optimizer.ts';

export interface Learner {
  readonly config: RunConfig;
  readonly task: Task;
  readonly tokenizer: PolicyTokenizer;
  readonly policy: Policy;
  /** The base policy, kept only where the KL coefficient needs it. */
  readonly reference: Policy | null;
  readonly optimizer: OptimizerState;
  readonly train: readonly Example[];
  readonly heldOut: readonly Example[];
  /** Steps done. The only random-number state there is: draws are addressed by it. */
  step: number;
  /** Index of the next training prompt. */
  promptCursor: number;
  /** Prompt and completion tokens seen so far. */
  numTokens: number;
}

/** A fresh run: step 0, the base policy, zero moments. */
export function createLearner(config: RunConfig, task: Task, base: PolicyFolder): Learner {
  const tokenizer = createTokenizer(base.tokenizerJson, base.config);
  const policy = createPolicy(base.config, base.tensors);
  return {
    config,
    task,
    tokenizer,
    policy,
    reference:
      config.method === 'rft' && config.beta > 0 ? createPolicy(base.config, base.tensors) : null,
    optimizer: initialOptimizerState(policy.parameters.values()),
    train: trainingSet(task, config),
    heldOut: heldOutSet(task, config),
    step: 0,
    promptCursor: 0,
    numTokens: 0,
  };
}

export function disposeLearner(learner: Learner): void {
  disposePolicy(learner.policy);
  if (learner.reference) disposePolicy(learner.reference);
  disposeOptimizerState(learner.optimizer);
}

/** Longest prompt in tokens, bos included, over training and held-out examples. */
export function longestPrompt(learner: Learner): number {
  const lengths = [...learner.train, ...learner.heldOut].map(
    (example) => encodePrompt(learner.tokenizer, example.prompt).length,
  );
  return Math.max(...lengths);
}

/** Longest sequence that SFT learns from in tokens, bos and eos included; 0 for other methods. */
export function longestImitated({ config, task, tokenizer, train }: Learner): number {
  if (config.method !== 'sft') return 0;
  const lengths = train.map((example) => {
    const completion = goldCompletion(task, example, config.sftTarget);
    return encodePrompt(tokenizer, example.prompt).length + tokenizer.encode(completion).length + 1;
  });
  return Math.max(...lengths);
}
