/** How what was learnt is measured and kept. */
import { integer } from './kinds.ts';

export const evaluationFields = {
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
} as const;
