/**
 * The worked example of the lesson "What happens in one step": eight tries at one prompt of the
 * calculator chain. The texts are made up; what they are worth and how far above the others that is
 * comes from the task's own verifier and from the code that trains.
 */
import { computeAdvantages, standardDeviation } from '../rft/advantage.ts';
import { calculatorChain } from '../tasks/calculatorChain.ts';

const example = { prompt: 'A7+4-3|', answer: '8', gold: '<7+4=11,11-3=8>8' };

/** What the policy wrote; the last one ran into the length limit. */
const texts: readonly { completion: string; ended: boolean }[] = [
  { completion: '<7+4=11,11-3=8>8', ended: true },
  { completion: '<7+4=11,11-3=7>7', ended: true },
  { completion: '<7+4=11>11', ended: true },
  { completion: '<7-4=12,12-4=8>8', ended: true },
  { completion: '<7+4=10,10-3=7>7', ended: true },
  { completion: '<>4', ended: true },
  { completion: '<7+4=12,12-3=9>9', ended: true },
  { completion: '<7+4=11,11-3=8,8-3=5,5', ended: false },
];

export interface Attempt {
  completion: string;
  /** The weighted total of the task's rewards. */
  reward: number;
  advantage: number;
}

export interface OneStep {
  prompt: string;
  answer: string;
  attempts: readonly Attempt[];
  mean: number;
  spread: number;
}

const weights = calculatorChain.rewards.map(({ weight }) => weight);

function stepOf(scores: readonly (readonly (number | null)[])[]) {
  return computeAdvantages(scores, {
    numGenerations: scores.length,
    rewardWeights: weights,
    scaleRewards: 'group',
    advantageBaseline: 'group',
    multiObjectiveAggregation: 'sum_then_normalize',
  });
}

export function oneStep(): OneStep {
  const scores = texts.map((text) =>
    calculatorChain.rewards.map((reward) => reward.score({ example, ...text })),
  );
  const { rewards, advantages } = stepOf(scores);
  const totals = rewards.map((reward) => reward ?? 0);
  return {
    prompt: example.prompt,
    answer: example.answer,
    attempts: texts.map(({ completion }, i) => ({
      completion,
      reward: totals[i]!,
      advantage: advantages[i]!,
    })),
    mean: totals.reduce((sum, total) => sum + total, 0) / totals.length,
    spread: standardDeviation(totals),
  };
}

/** The advantages of a group in which every try scored the same. */
export const alikeAdvantages = (): number[] =>
  stepOf(texts.map(() => calculatorChain.rewards.map(() => 0))).advantages;
