/**
 * The runs that the diagnoses are tested on: each a default recipe with the changes that make it
 * fail in one way, or leave it healthy. `diagnosesRuns.ts` trains them for real and writes their
 * metrics to fixtures/diagnoses/; the tests read those and train nothing.
 */
import { parseConfig } from '../../src/rft/config.ts';
import type { RunConfig } from '../../src/rft/configTable.ts';
import { taskRecipe, type TaskId } from '../../src/rft/taskRecipes.ts';

export interface Case {
  task: TaskId;
  changes: Partial<RunConfig>;
}

const calculator = (changes: Partial<RunConfig>): Case => ({ task: 'calculatorChain', changes });

const code = (name: string, source: string): RunConfig['rewards'][number] => ({
  kind: 'code',
  name,
  source,
  range: [0, 1],
});

const lengthOf = (target: number, width: number): RunConfig['rewards'] => [
  { kind: 'length_target', name: 'length', unit: 'tokens', target, width },
];

/** Fails on every completion with an even number of characters. */
const HALF = `const reward = ({ completion }) => {
  if (completion.length % 2 === 0) throw new Error('even');
  return completion.includes('>') ? 1 : 0;
};`;

/** Made to fail. */
export const failingCases = {
  noSpread: calculator({
    level: 3,
    numGenerations: 2,
    rewards: [{ kind: 'task', name: 'correct' }],
    maxSteps: 20,
  }),
  truncated: calculator({
    maxCompletionLength: 3,
    rewards: [{ kind: 'task', name: 'correct' }],
    maxSteps: 20,
  }),
  entropyCollapse: { task: 'reversal', changes: { beta: 0, learningRate: 1e-2, maxSteps: 100 } },
  entropyBlowUp: calculator({ temperature: 2, entropyCoef: 0.1, maxSteps: 30 }),
  klRunaway: calculator({ beta: 1e-4, learningRate: 3e-3, maxSteps: 30 }),
  formatOnly: calculator({ rewards: [{ kind: 'task', name: 'format' }], maxSteps: 30 }),
  formatCramped: calculator({ maxCompletionLength: 4, maxSteps: 30 }),
  lengthUp: calculator({ rewards: lengthOf(48, 40), maxSteps: 30 }),
  lengthDown: calculator({ rewards: lengthOf(1, 24), maxSteps: 30 }),
  parting: calculator({
    numPrompts: 2,
    maxCompletionLength: 5,
    rewards: [{ kind: 'task', name: 'correct' }],
    learningRate: 1e-3,
    maxSteps: 60,
  }),
  partingLate: calculator({ numPrompts: 2, maxSteps: 60 }),
  // Three times the usual rate: no collapse, but held-out prompts lose half of what they had.
  unsteady: calculator({ learningRate: 1e-3, maxSteps: 60 }),
  hacked: calculator({ rewards: [{ kind: 'task', name: 'true_steps' }], maxSteps: 60 }),
  rateTooHigh: calculator({ learningRate: 5e-3, maxSteps: 30 }),
  rateFarTooHigh: calculator({ learningRate: 2e-2, maxSteps: 20 }),
  rateTooLow: calculator({ learningRate: 1e-6, maxSteps: 30 }),
  rewardErrors: calculator({
    rewards: [{ kind: 'task', name: 'correct' }, code('mine', HALF)],
    maxRewardErrorRatio: 1,
    maxSteps: 15,
  }),
  neverVaries: calculator({
    rewards: [{ kind: 'task', name: 'correct' }, code('mine', 'const reward = () => 0.5;')],
    maxSteps: 20,
  }),
  byHeart: calculator({ method: 'sft', maxSteps: 60 }),
} as const satisfies Record<string, Case>;

/** In order, as far as such small runs are. */
export const healthyCases = {
  calculatorChain: calculator({ seed: 2, maxSteps: 60 }),
  programSynthesis: { task: 'programSynthesis', changes: {} },
  adjudication: { task: 'adjudication', changes: {} },
  // Slow to find the answer: form first, then a long climb.
  adjudicationSmall: { task: 'adjudication', changes: { policy: 'base-0.1M', seed: 2 } },
  countdown: { task: 'countdown', changes: {} },
  countdownSmall: { task: 'countdown', changes: { policy: 'base-0.1M', maxSteps: 60 } },
  reversal: { task: 'reversal', changes: { maxSteps: 150 } },
  withReference: calculator({ seed: 3, beta: 0.02, maxSteps: 40 }),
  scaledByBatch: calculator({ scaleRewards: 'batch', maxSteps: 40 }),
  normalised: calculator({ multiObjectiveAggregation: 'normalize_then_sum', maxSteps: 40 }),
  leaveOneOut: calculator({
    ...{ advantageBaseline: 'leave_one_out', scaleRewards: 'none' },
    ...{ beta: 0.02, klInReward: true, klEstimator: 'k1', maxSteps: 40 },
  }),
  rejection: calculator({ method: 'rejection', maxSteps: 60 }),
  workedTexts: calculator({ method: 'sft', sftTarget: 'chain', maxSteps: 60 }),
  labels: { task: 'adjudication', changes: { method: 'sft' } },
} as const satisfies Record<string, Case>;

/** The recipe of a case, evaluated seldom and on few prompts. Throws where it is none. */
export function recipeOf({ task, changes }: Case): RunConfig {
  const { config, problems } = parseConfig({
    ...taskRecipe(task),
    numEvalPrompts: 60,
    numEvalGenerations: 2,
    evalSteps: 10,
    saveSteps: 1000,
    ...changes,
  });
  if (!config) throw new Error(`internal: ${JSON.stringify(problems)}`);
  return config;
}
