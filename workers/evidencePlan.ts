/**
 * Which runs make up the evidence, and what each row of the table is called. Every run is a whole
 * config, so that it can be repeated by itself; evaluations come at the start and the end only,
 * which changes no update, since draws are addressed and not consumed.
 */
import { parseConfig } from '../src/rft/config.ts';
import type { RunConfig } from '../src/rft/configTable.ts';
import { taskRecipe, type TaskId } from '../src/rft/taskRecipes.ts';
import { taskOf, tasks } from '../src/tasks/index.ts';

/** A way of fine-tuning, the same for every seed. */
export interface Arm {
  id: string;
  label: string;
  changes: Partial<RunConfig>;
}

export interface PlannedRun {
  /** `task/arm/seed`. */
  id: string;
  task: TaskId;
  arm: Arm;
  config: RunConfig;
}

export const seeds = [1, 2, 3] as const;

const sft = (numPrompts: number, sftTarget: RunConfig['sftTarget']): Partial<RunConfig> => ({
  method: 'sft',
  generationBatchSize: 64,
  learningRate: 3e-4,
  maxSteps: 60,
  numPrompts,
  sftTarget,
});

const withChains: readonly Arm[] = [
  { id: 'rft-64', label: 'RFT, 64 prompts', changes: {} },
  { id: 'rft-32', label: 'RFT, 32 prompts', changes: { numPrompts: 32 } },
  { id: 'rft-16', label: 'RFT, 16 prompts', changes: { numPrompts: 16 } },
  { id: 'sft-answers-64', label: 'SFT, the same 64 answers', changes: sft(64, 'answer') },
  { id: 'sft-chains-64', label: 'SFT, 64 worked chains', changes: sft(64, 'chain') },
  { id: 'sft-answers-1024', label: 'SFT, 1,024 answers', changes: sft(1024, 'answer') },
];

/** From random weights there is more to learn, so there are more prompts to learn it from. */
const fromScratch: readonly Arm[] = [
  { id: 'rft-512', label: 'RFT, partial credit, 512 prompts', changes: {} },
  {
    id: 'rft-exact',
    label: 'RFT, whole answers only, β 0',
    changes: { rewardWeights: [0, 1], beta: 0 },
  },
  {
    id: 'sft-answers-64',
    label: 'SFT, 64 answers',
    changes: { method: 'sft', generationBatchSize: 64, numPrompts: 64 },
  },
  {
    id: 'sft-answers-512',
    label: 'SFT, the same 512 answers',
    changes: { method: 'sft', generationBatchSize: 64 },
  },
];

/** The arms of a task. */
export function armsOf(task: TaskId): readonly Arm[] {
  return taskOf({ task, rows: [], seed: 0, ownSplit: 'seed' }).hasChains ? withChains : fromScratch;
}

function planned(task: TaskId, arm: Arm, seed: number): PlannedRun {
  const recipe = { ...taskRecipe(task), seed, ...arm.changes };
  const once = { evalSteps: recipe.maxSteps, saveSteps: recipe.maxSteps, numEvalGenerations: 8 };
  const { config, problems } = parseConfig({ ...recipe, ...once });
  if (!config) throw new Error(`internal: ${task}/${arm.id}: ${JSON.stringify(problems)}`);
  return { id: `${task}/${arm.id}/${seed}`, task, arm, config };
}

/** Every run, the shortest path to a complete table first: task by task, arm by arm, seed by seed. */
export const plan: readonly PlannedRun[] = tasks.flatMap(({ id }) => {
  const task = id as TaskId;
  return armsOf(task).flatMap((arm) => seeds.map((seed) => planned(task, arm, seed)));
});
