/** What reward code is given and what it may answer, in words, beside a value to see. */
import { codeLimits, type CodeInput } from '../../graders/codeReward.ts';

export interface Argument {
  name: keyof CodeInput;
  meaning: string;
}

export const codeArguments: readonly Argument[] = [
  { name: 'prompt', meaning: 'What the policy was asked.' },
  { name: 'completion', meaning: 'All that it wrote, without the end token.' },
  { name: 'thinking', meaning: 'The part between < and >; empty where there is none.' },
  { name: 'answer', meaning: 'The part after it.' },
  { name: 'example', meaning: 'The prompt’s own data: example.answer is the right answer.' },
  { name: 'step', meaning: 'The step of the run, from 1; 0 in a dry run.' },
];

export const codeRules: readonly string[] = [
  'Call it reward and return a number in the range below, or null for no opinion.',
  'An error, NaN or a number outside the range counts as missing, never as 0; the run reports it.',
  'It sees the arguments alone: no page, network, clock or random numbers.',
  'Each call has a fixed allowance of work and memory; what goes on beyond it is stopped.',
  `console.log writes to the reward’s log. At most ${codeLimits.sourceLength.toLocaleString('en')} characters of code.`,
];

const LONGEST = 120;

/** A value as code would write it, cut where it is long. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value, null, 1).replaceAll(/\s+/g, ' ');
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`;
}
