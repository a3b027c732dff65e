/**
 * The default recipe of each task: what differs from the config table's own defaults, which are
 * those of the calculator chain. The measured figures of README are for these. Also which base
 * policy suits a device.
 */
import { defaultConfig, parseConfig } from './config.ts';
import type { RunConfig } from './configTable.ts';
import type { PolicyName } from './policyTable.ts';

export type TaskId = RunConfig['task'];

const recipes: Record<TaskId, Partial<RunConfig>> = {
  calculatorChain: {},
  countdown: {
    maxSteps: 100,
    generationBatchSize: 128,
    learningRate: 2e-4,
    maxCompletionLength: 64,
    evalSteps: 20,
  },
  programSynthesis: { policy: 'program-0.4M' },
  adjudication: { maxSteps: 80 },
  // From random weights: a pull towards the even-handed base (β) keeps the policy trying letters
  // until it has found out where to look; without it entropy is gone after two of five letters.
  reversal: {
    policy: 'untrained-0.1M',
    numPrompts: 512,
    generationBatchSize: 512,
    maxCompletionLength: 4,
    maxSteps: 300,
    evalSteps: 50,
    saveSteps: 50,
    learningRate: 2e-3,
    lrSchedulerType: 'linear',
    beta: 0.1,
  },
  own: { ownSplit: 'seed' },
};

/** The default recipe of a task, whole and frozen; `own` has no rows yet, which is no problem here. */
export function taskRecipe(task: TaskId): RunConfig {
  const wanted = { ...defaultConfig, ...recipes[task] };
  const { config, problems } = parseConfig(wanted);
  if (!config) throw new Error(`internal: bad recipe of ${task}: ${JSON.stringify(problems)}`);
  return Object.freeze({ ...config, task });
}

/** What is known of the device before anything has run. */
export interface DeviceClass {
  /** A phone or tablet: touch first. */
  handheld: boolean;
  webgpu: boolean;
}

/** Sizes of the shared base by device. */
const suited: readonly { fits: (device: DeviceClass) => boolean; policy: PolicyName }[] = [
  { fits: ({ handheld, webgpu }) => handheld && !webgpu, policy: 'base-0.1M' },
  { fits: ({ handheld }) => handheld, policy: 'base-0.2M' },
];

/** The task's default recipe for a device: a smaller base of the same training on a small one. */
export function recipeFor(task: TaskId, device: DeviceClass): RunConfig {
  const recipe = taskRecipe(task);
  const smaller = suited.find(({ fits }) => fits(device))?.policy;
  if (smaller === undefined || recipe.policy !== defaultConfig.policy) return recipe;
  return Object.freeze({ ...recipe, policy: smaller });
}
