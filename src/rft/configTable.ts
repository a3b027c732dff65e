/**
 * The one table of every setting: kind, range, default, unit and a line of meaning.
 * Form, documentation, links, command-line flags and validation are all drawn from it.
 * Names are TRL's (GRPOConfig) in camelCase wherever TRL has one.
 * It holds no logic; `config.ts` turns it into a checked RunConfig.
 */

import type { OwnRow } from '../tasks/task.ts';
import { policyTable, type PolicyName } from './policyTable.ts';

export type FieldGroup = 'task' | 'sampling' | 'method' | 'optimiser' | 'evaluation';

/** How a policy is fine-tuned; see methods.ts. */
export type Method = 'rft' | 'sft' | 'rejection';

interface FieldBase {
  label: string;
  group: FieldGroup;
  /** One line: what it does, in words a newcomer understands. */
  meaning: string;
  unit?: string;
  /** Shown only under "everything else". */
  advanced?: boolean;
  /** Methods that look at it; all when left out. */
  methods?: readonly Method[];
}

export interface NumberField extends FieldBase {
  kind: 'integer' | 'number';
  default: number;
  min: number;
  max: number;
  /** True when `min` itself is not allowed. */
  aboveMin?: boolean;
}

export interface ChoiceField<C extends string = string> extends FieldBase {
  kind: 'choice';
  default: C;
  choices: readonly { value: C; label: string }[];
}

export interface BooleanField extends FieldBase {
  kind: 'boolean';
  default: boolean;
}

/** A list of numbers, one per reward function of the task; empty means the task's own weights. */
export interface NumbersField extends FieldBase {
  kind: 'numbers';
  default: readonly number[];
  min: number;
  max: number;
  maxLength: number;
}

/** The user's own data: rows of a prompt, its answer and, where there is one, a worked chain. */
export interface RowsField extends FieldBase {
  kind: 'rows';
  default: readonly OwnRow[];
  maxRows: number;
  /** Longest text of a cell, in characters. */
  maxCharacters: number;
}

export type Field = NumberField | ChoiceField | BooleanField | NumbersField | RowsField;

const choice = <const C extends string>(field: Omit<ChoiceField<C>, 'kind'>): ChoiceField<C> => ({
  kind: 'choice',
  ...field,
});
const integer = (field: Omit<NumberField, 'kind'>): NumberField => ({ kind: 'integer', ...field });
const number = (field: Omit<NumberField, 'kind'>): NumberField => ({ kind: 'number', ...field });
const boolean = (field: Omit<BooleanField, 'kind'>): BooleanField => ({
  kind: 'boolean',
  ...field,
});
const numbers = (field: Omit<NumbersField, 'kind'>): NumbersField => ({
  kind: 'numbers',
  ...field,
});
const rows = (field: Omit<RowsField, 'kind'>): RowsField => ({ kind: 'rows', ...field });

const sampled: readonly Method[] = ['rft', 'rejection'];
const rftOnly: readonly Method[] = ['rft'];

const policyChoices = Object.entries(policyTable).map(([name, { parameters }]) => ({
  value: name as PolicyName,
  label: `${name} (${parameters.toLocaleString('en')} parameters)`,
}));

export const configTable = {
  task: choice({
    label: 'Task',
    group: 'task',
    default: 'calculatorChain',
    choices: [
      { value: 'calculatorChain', label: 'Calculator chain' },
      { value: 'countdown', label: 'Countdown' },
      { value: 'programSynthesis', label: 'Program synthesis' },
      { value: 'adjudication', label: 'Adjudication record' },
      { value: 'reversal', label: 'Reversal' },
      { value: 'own', label: 'Your own data' },
    ],
    meaning: 'What the policy is asked to do, and how its answers are verified.',
  }),
  level: integer({
    label: 'Difficulty',
    group: 'task',
    default: 2,
    min: 1,
    max: 3,
    meaning:
      'How hard the prompts are; base policies have mostly seen the standard level, and the measured figures are for it.',
  }),
  rows: rows({
    label: 'Your rows',
    group: 'task',
    default: [],
    maxRows: 1000,
    maxCharacters: 80,
    meaning: 'Prompts with their answers; a quarter of them, drawn by the seed, is held out.',
  }),
  policy: choice({
    label: 'Base policy',
    group: 'task',
    default: 'base-0.4M',
    choices: policyChoices,
    meaning: 'The network that training starts from.',
  }),
  method: choice({
    label: 'Method',
    group: 'method',
    default: 'rft',
    choices: [
      { value: 'rft', label: 'RFT: reinforce what scores better' },
      { value: 'sft', label: 'SFT: imitate the gold completions' },
      { value: 'rejection', label: 'Rejection sampling: imitate the best of each group' },
    ],
    meaning:
      'Reinforcement needs a reward function, supervised fine-tuning (SFT) needs labels; rejection sampling makes its own labels by keeping the best-scored samples.',
  }),
  sftTarget: choice({
    label: 'Imitates',
    group: 'method',
    default: 'answer',
    methods: ['sft'],
    choices: [
      { value: 'answer', label: 'the gold answer alone' },
      { value: 'chain', label: 'the gold chain of thought and answer' },
    ],
    meaning: 'What SFT shows the policy: right answers, or worked solutions.',
  }),
  seed: integer({
    label: 'Seed',
    group: 'task',
    default: 1,
    min: 0,
    max: 2 ** 32 - 1,
    meaning:
      'Fixes every random choice: prompts, samples, and which of your own rows are held out. The same seed gives the same run.',
  }),
  numPrompts: integer({
    label: 'Training prompts',
    group: 'task',
    default: 64,
    min: 1,
    max: 1024,
    unit: 'prompts',
    meaning: 'How many different prompts training may use; it cycles through them in order.',
  }),
  rewardWeights: numbers({
    label: 'Reward weights',
    group: 'task',
    methods: sampled,
    default: [],
    min: -100,
    max: 100,
    maxLength: 16,
    meaning:
      'What each reward function contributes to the total; empty takes the task’s own weights.',
  }),
  shuffleRewards: boolean({
    label: 'Shuffle rewards (control)',
    group: 'task',
    methods: sampled,
    default: false,
    advanced: true,
    meaning: 'Deals the rewards of a step out at random: a control run that must not learn.',
  }),
  maxSteps: integer({
    label: 'Steps',
    group: 'optimiser',
    default: 60,
    min: 1,
    max: 5000,
    unit: 'steps',
    meaning: 'How many times the loop samples a batch of completions and learns from it.',
  }),
  generationBatchSize: integer({
    label: 'Completions per step',
    group: 'sampling',
    default: 64,
    min: 2,
    max: 1024,
    unit: 'completions',
    meaning:
      'Completions learned from in one step: sampled in groups (a multiple of the completions per prompt), or imitated.',
  }),
  numGenerations: integer({
    label: 'Completions per prompt',
    group: 'sampling',
    methods: sampled,
    default: 8,
    min: 2,
    max: 64,
    unit: 'completions',
    meaning: 'The size of a group: completions of one prompt, which are compared with each other.',
  }),
  maxCompletionLength: integer({
    label: 'Longest completion',
    group: 'sampling',
    default: 48,
    min: 1,
    max: 96,
    unit: 'tokens',
    meaning: 'A completion that has not ended by itself is cut here.',
  }),
  temperature: number({
    label: 'Temperature',
    group: 'sampling',
    methods: sampled,
    default: 1,
    min: 0,
    aboveMin: true,
    max: 5,
    meaning:
      'Above 1 samples more widely, below 1 more narrowly; 1 samples from the policy itself.',
  }),
  topK: integer({
    label: 'Top k',
    group: 'sampling',
    methods: sampled,
    default: 0,
    min: 0,
    max: 100_000,
    advanced: true,
    unit: 'tokens',
    meaning: 'Samples among the k likeliest tokens only; 0 is off.',
  }),
  topP: number({
    label: 'Top p',
    group: 'sampling',
    methods: sampled,
    default: 1,
    min: 0,
    aboveMin: true,
    max: 1,
    advanced: true,
    meaning: 'Samples among the likeliest tokens that together reach this probability; 1 is off.',
  }),
  minP: number({
    label: 'Min p',
    group: 'sampling',
    methods: sampled,
    default: 0,
    min: 0,
    max: 1,
    advanced: true,
    meaning: 'Drops tokens less likely than this share of the likeliest one; 0 is off.',
  }),
  lossType: choice({
    label: 'Loss',
    group: 'method',
    methods: rftOnly,
    default: 'dr_grpo',
    choices: [
      { value: 'grpo', label: 'GRPO (mean per completion)' },
      { value: 'bnpo', label: 'BNPO (mean over tokens; here the same as DAPO)' },
      { value: 'dr_grpo', label: 'Dr. GRPO (constant divisor)' },
      { value: 'dapo', label: 'DAPO (mean over tokens of the batch)' },
    ],
    meaning: 'How the tokens’ losses are averaged; it decides what a long completion weighs.',
  }),
  scaleRewards: choice({
    label: 'Scale advantages by',
    group: 'method',
    methods: rftOnly,
    default: 'group',
    choices: [
      { value: 'group', label: 'spread of the group' },
      { value: 'batch', label: 'spread of the batch' },
      { value: 'none', label: 'nothing' },
    ],
    meaning:
      'Advantages are divided by the standard deviation of the rewards in the group or batch.',
  }),
  multiObjectiveAggregation: choice({
    label: 'Several rewards',
    group: 'method',
    methods: rftOnly,
    default: 'sum_then_normalize',
    advanced: true,
    choices: [
      { value: 'sum_then_normalize', label: 'sum, then normalise' },
      { value: 'normalize_then_sum', label: 'normalise each, then sum' },
    ],
    meaning:
      'Whether the weighted rewards are added before or after they are compared in the group.',
  }),
  beta: number({
    label: 'KL coefficient β',
    group: 'method',
    methods: rftOnly,
    default: 0,
    min: 0,
    max: 10,
    meaning: 'Pulls the policy back towards the base policy; 0 leaves it free.',
  }),
  epsilon: number({
    label: 'Clip ε',
    group: 'method',
    methods: rftOnly,
    default: 0.2,
    min: 0,
    max: 1,
    advanced: true,
    meaning: 'A token’s probability ratio below 1 − ε is not pushed down further within one batch.',
  }),
  epsilonHigh: number({
    label: 'Clip ε high',
    group: 'method',
    methods: rftOnly,
    default: 0.2,
    min: 0,
    max: 10,
    advanced: true,
    meaning:
      'A token’s probability ratio above 1 + ε high is not pushed up further within one batch.',
  }),
  numIterations: integer({
    label: 'Updates per batch μ',
    group: 'method',
    methods: rftOnly,
    default: 1,
    min: 1,
    max: 16,
    advanced: true,
    unit: 'updates',
    meaning: 'How often each sampled batch is learned from before a new one is sampled.',
  }),
  learningRate: number({
    label: 'Learning rate',
    group: 'optimiser',
    default: 3e-4,
    min: 0,
    max: 1,
    meaning: 'Size of an update. With 64 prompts, 5e-4 and above memorises them.',
  }),
  lrSchedulerType: choice({
    label: 'Schedule',
    group: 'optimiser',
    default: 'constant_with_warmup',
    advanced: true,
    choices: [
      { value: 'constant_with_warmup', label: 'constant' },
      { value: 'linear', label: 'linear decay to 0' },
      { value: 'cosine', label: 'cosine decay to 0' },
    ],
    meaning: 'How the learning rate moves after the warm-up.',
  }),
  warmupSteps: integer({
    label: 'Warm-up',
    group: 'optimiser',
    default: 5,
    min: 0,
    max: 5000,
    advanced: true,
    unit: 'updates',
    meaning: 'The learning rate rises from 0 over this many updates.',
  }),
  adamBeta1: number({
    label: 'Adam β₁',
    group: 'optimiser',
    default: 0.9,
    min: 0,
    max: 0.9999,
    advanced: true,
    meaning: 'How long AdamW remembers the gradient’s direction.',
  }),
  adamBeta2: number({
    label: 'Adam β₂',
    group: 'optimiser',
    default: 0.95,
    min: 0,
    max: 0.99999,
    advanced: true,
    meaning: 'How long AdamW remembers the gradient’s size.',
  }),
  adamEpsilon: number({
    label: 'Adam ε',
    group: 'optimiser',
    default: 1e-8,
    min: 0,
    aboveMin: true,
    max: 1,
    advanced: true,
    meaning: 'Keeps AdamW from dividing by zero.',
  }),
  weightDecay: number({
    label: 'Weight decay',
    group: 'optimiser',
    default: 0,
    min: 0,
    max: 1,
    advanced: true,
    meaning: 'Shrinks the weights a little at each update; 0 is off.',
  }),
  maxGradNorm: number({
    label: 'Gradient clip',
    group: 'optimiser',
    default: 1,
    min: 0,
    aboveMin: true,
    max: 1e6,
    advanced: true,
    meaning: 'A gradient with a larger global norm is scaled down to it.',
  }),
  numEvalPrompts: integer({
    label: 'Held-out prompts',
    group: 'evaluation',
    default: 150,
    min: 1,
    max: 512,
    unit: 'prompts',
    meaning: 'Prompts that are never trained on, used to measure what was really learnt.',
  }),
  numEvalGenerations: integer({
    label: 'Samples per held-out prompt (k)',
    group: 'evaluation',
    default: 4,
    min: 1,
    max: 32,
    unit: 'completions',
    meaning: 'Samples at temperature 1 behind pass@1 and pass@k; greedy is measured beside them.',
  }),
  evalSteps: integer({
    label: 'Evaluate every',
    group: 'evaluation',
    default: 10,
    min: 1,
    max: 5000,
    unit: 'steps',
    meaning: 'How often the held-out prompts are answered; also at the start and the end.',
  }),
  saveSteps: integer({
    label: 'Checkpoint every',
    group: 'evaluation',
    default: 10,
    min: 1,
    max: 5000,
    unit: 'steps',
    meaning: 'How often a checkpoint is written; closing the tab loses at most this many steps.',
  }),
} as const satisfies Record<string, Field>;

export type ConfigField = keyof typeof configTable;

type ValueOf<F> = F extends { kind: 'choice'; choices: readonly { value: infer C }[] }
  ? C
  : F extends BooleanField
    ? boolean
    : F extends NumbersField
      ? readonly number[]
      : F extends RowsField
        ? readonly OwnRow[]
        : number;

/** Every setting of a run, checked and frozen; see `parseConfig`. */
export type RunConfig = { readonly [K in ConfigField]: ValueOf<(typeof configTable)[K]> };
