/** What is trained on what, and from which seed. */
import { policyTable, type PolicyName } from '../policyTable.ts';
import type { HashField, RowsField } from './kinds.ts';
import { choice, integer } from './kinds.ts';

const policyChoices = Object.entries(policyTable).map(([name, { parameters }]) => ({
  value: name as PolicyName,
  label: `${name} (${parameters.toLocaleString('en')} parameters)`,
}));

export const taskFields = {
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
  rows: {
    kind: 'rows',
    label: 'Your rows',
    group: 'task',
    default: [],
    maxRows: 1000,
    maxCharacters: 80,
    meaning: 'Prompts with their answers; a quarter of them, drawn by the seed, is held out.',
  } satisfies RowsField,
  rowsHash: {
    kind: 'hash',
    label: 'Fingerprint of the table',
    group: 'task',
    default: '',
    meaning:
      'Set by links to tables that are too long for a link: the rows come as a file, and only that file fits.',
  } satisfies HashField,
  ownSplit: choice({
    label: 'Held-out rows',
    group: 'task',
    default: 'text',
    advanced: true,
    choices: [
      { value: 'seed', label: 'a quarter, drawn by the seed' },
      { value: 'text', label: 'about a quarter, by their text alone (older links)' },
    ],
    meaning:
      'Which of your own rows are never trained on. Links and runs from before the choice existed keep to the text.',
  }),
  policy: choice({
    label: 'Base policy',
    group: 'task',
    default: 'base-0.4M',
    choices: policyChoices,
    meaning: 'The network that training starts from.',
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
  device: choice({
    label: 'Where it runs',
    group: 'task',
    default: 'auto',
    choices: [
      { value: 'auto', label: 'automatic' },
      { value: 'portable', label: 'portable' },
    ],
    meaning:
      'Portable trains on the processor, in WebAssembly: every machine and every browser computes the same bits, so anyone can verify the run. Automatic takes WebGPU where there is one: the same class of device repeats a run bit for bit, another one within a stated tolerance.',
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
} as const;
