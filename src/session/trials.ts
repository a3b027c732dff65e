/**
 * Pairs of recipes that put a recommendation to the test in the Lab: the recommended one and its
 * rival, on the same task, seed, base and prompts. Where a recipe is a row of the measured table in
 * README.md its figure stands beside it (test/unit/trials.test.ts holds both against
 * test/bench/evidence.json); elsewhere nothing is claimed. Pure.
 */
import { parseConfig } from '../rft/config.ts';
import type { RunConfig } from '../rft/configTable.ts';
import { recipeFor, taskRecipe, type DeviceClass, type TaskId } from '../rft/taskRecipes.ts';
import { taskOf } from '../tasks/index.ts';

export interface Arm {
  label: string;
  changes: Partial<RunConfig>;
  /** Its row in test/bench/evidence.json and what came out; none where it was not measured. */
  measured?: { row: string; greedy: number; pass1: number };
}

export interface Trial {
  task: TaskId;
  recommended: Arm;
  rival: Arm;
}

const arm = (
  label: string,
  changes: Partial<RunConfig>,
  row: string,
  greedy: number,
  pass1: number,
): Arm => ({ label, changes, measured: { row, greedy, pass1 } });

/** As the evidence has it: 60 steps of 64 texts, whatever the task's own recipe is. */
const sft = (sftTarget: RunConfig['sftTarget']): Partial<RunConfig> => ({
  method: 'sft',
  generationBatchSize: 64,
  learningRate: 3e-4,
  maxSteps: 60,
  sftTarget,
});

/** The rewards of the task's proxy alone: see the hole in `tasks/`. */
const proxyOnly = (task: TaskId): Partial<RunConfig> => ({
  rewards: [{ kind: 'task', name: taskOf({ task, rows: [], seed: 0 }).proxy.name }],
});

const reversalSft: Partial<RunConfig> = { method: 'sft', generationBatchSize: 64 };
const wholeOnly: Partial<RunConfig> = { rewardWeights: [0, 1], beta: 0 };

const calculator = {
  rft: arm('RFT, 64 prompts', {}, 'calculatorChain/rft-64', 97, 92),
  answers: arm('SFT, 64 answers', sft('answer'), 'calculatorChain/sft-answers-64', 4, 4),
  chains: arm('SFT, 64 worked chains', sft('chain'), 'calculatorChain/sft-chains-64', 99, 97),
};
const countdown = {
  rft: arm('RFT, 64 prompts', {}, 'countdown/rft-64', 54, 59),
  answers: arm('SFT, 64 answers', sft('answer'), 'countdown/sft-answers-64', 33, 31),
  chains: arm('SFT, 64 worked chains', sft('chain'), 'countdown/sft-chains-64', 28, 28),
};
const adjudication = {
  rft: arm('RFT, 64 prompts', {}, 'adjudication/rft-64', 87, 81),
  answers: arm('SFT, 64 answers', sft('answer'), 'adjudication/sft-answers-64', 94, 91),
};
const reversal = {
  partial: arm('RFT, partial credit', {}, 'reversal/rft-512', 100, 70),
  whole: arm('RFT, whole answers only', wholeOnly, 'reversal/rft-exact', 0, 0),
  answers: arm('SFT, 512 answers', reversalSft, 'reversal/sft-answers-512', 99, 99),
};

export const trials = {
  rewardsBeatAnswers: {
    task: 'calculatorChain',
    recommended: calculator.rft,
    rival: calculator.answers,
  },
  tracesDoAsWell: {
    task: 'calculatorChain',
    recommended: calculator.chains,
    rival: calculator.rft,
  },
  answersHideTheWork: {
    task: 'calculatorChain',
    recommended: calculator.chains,
    rival: calculator.answers,
  },
  rewardsBeatOneLabel: { task: 'countdown', recommended: countdown.rft, rival: countdown.answers },
  rewardsBeatOneChain: { task: 'countdown', recommended: countdown.rft, rival: countdown.chains },
  manyLabels: {
    task: 'countdown',
    recommended: { label: 'SFT, 1,024 answers', changes: { ...sft('answer'), numPrompts: 1024 } },
    rival: { label: 'RFT, the same 1,024 prompts', changes: { numPrompts: 1024 } },
  },
  labelsSayAll: {
    task: 'adjudication',
    recommended: adjudication.answers,
    rival: adjudication.rft,
  },
  rewardsWithoutLabels: {
    task: 'adjudication',
    recommended: adjudication.rft,
    rival: adjudication.answers,
  },
  partialCredit: { task: 'reversal', recommended: reversal.partial, rival: reversal.whole },
  showInsteadOfSearching: {
    task: 'reversal',
    recommended: reversal.answers,
    rival: reversal.partial,
  },
  showFirst: { task: 'reversal', recommended: reversal.answers, rival: reversal.whole },
  rewardsThatSayNothing: {
    task: 'calculatorChain',
    recommended: calculator.rft,
    rival: { label: 'RFT, rewards shuffled', changes: { shuffleRewards: true } },
  },
  rewardWithAHole: {
    task: 'calculatorChain',
    recommended: calculator.rft,
    rival: { label: 'RFT, a reward with a hole', changes: proxyOnly('calculatorChain') },
  },
} as const satisfies Record<string, Trial>;

export type TrialId = keyof typeof trials;

/** The whole recipe of one arm on a device. */
export function armConfig({ task }: Trial, { changes }: Arm, device: DeviceClass): RunConfig {
  const { config, problems } = parseConfig({ ...recipeFor(task, device), ...changes });
  if (!config) throw new Error(`internal: bad trial on ${task}: ${JSON.stringify(problems)}`);
  return config;
}

export const trialTitle = ({ task }: Trial): string => taskOf({ task, rows: [], seed: 0 }).title;

/** The base policy that this device starts from, where it is not the one of the figures. */
export function otherBase({ task }: Trial, device: DeviceClass): string | null {
  const { policy } = recipeFor(task, device);
  return policy === taskRecipe(task).policy ? null : policy;
}
