/** Which method fine-tunes, and what it imitates where it imitates. */
import { choice } from './kinds.ts';

export const methodFields = {
  method: choice({
    label: 'Method',
    group: 'method',
    default: 'rft',
    choices: [
      { value: 'rft', label: 'RFT: reinforce what scores better' },
      { value: 'sft', label: 'SFT: imitate right answers' },
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
      { value: 'answer', label: 'the right answers, without the working' },
      { value: 'chain', label: 'worked solutions' },
    ],
    meaning: 'What SFT shows the policy: right answers alone, or every step that leads to them.',
  }),
} as const;
