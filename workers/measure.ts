/**
 * A short measurement of this device: how long a recipe's step and evaluation take. It trains a
 * learner of its own for two steps and throws it away; nothing is stored and no run is touched.
 * Large recipes are measured on a part, which session/estimate.ts scales up again.
 */
import type { RewardRunner } from '../src/graders/codeReward.ts';
import type { RunConfig } from '../src/rft/configTable.ts';
import { evaluate } from '../src/rft/evaluate.ts';
import { disposeLearner, type Learner } from '../src/rft/learner.ts';
import { takeStep } from '../src/rft/methods.ts';
import type { Measured } from '../src/session/protocol.ts';
import { buildLearner, type BasePolicy } from './activeRun.ts';

/** Completions of a step, and held-out prompts, that tell enough of the whole. */
const COMPLETIONS = 64;
const EVAL_PROMPTS = 64;

/** The recipe as it is now, in a size that is quickly measured. */
export function measuredPart(config: RunConfig): RunConfig {
  const { numGenerations: group, generationBatchSize, numEvalPrompts } = config;
  const groups = Math.max(1, Math.floor(COMPLETIONS / group));
  return {
    ...config,
    changes: [],
    generationBatchSize: Math.min(generationBatchSize, groups * group),
    numEvalPrompts: Math.min(numEvalPrompts, EVAL_PROMPTS),
  };
}

async function step(learner: Learner): Promise<void> {
  const { metrics } = await takeStep(learner, () => undefined);
  await metrics; // the device is done
}

/**
 * Trains two steps, the first unmeasured (shaders are compiled, memory is taken), and evaluates.
 * @param now a clock in milliseconds.
 */
export async function measure(
  base: BasePolicy,
  config: RunConfig,
  runner: RewardRunner | null,
  now: () => number,
): Promise<Measured> {
  const part = measuredPart(config);
  const learner = buildLearner(part, base, runner);
  const seconds = async (work: () => Promise<unknown>): Promise<number> => {
    const begin = now();
    await work();
    return (now() - begin) / 1000;
  };
  try {
    await step(learner);
    const tokens = learner.numTokens;
    const stepSeconds = await seconds(() => step(learner));
    const evalSeconds = await seconds(() => evaluate(learner));
    return {
      ...{ stepSeconds, evalSeconds, stepTokens: learner.numTokens - tokens },
      completions: part.generationBatchSize,
      evalPrompts: part.numEvalPrompts,
    };
  } finally {
    disposeLearner(learner);
  }
}
