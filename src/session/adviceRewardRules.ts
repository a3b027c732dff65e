/**
 * From answers to a recommendation, second part: what rewards can do, once it is known that neither
 * labels nor the lack of a score have decided (adviceRules.ts, whose rules come before these). The
 * last rule holds always.
 */
import {
  answersHide,
  hackable,
  noSpread,
  roughTooEasy,
  tracesEnough,
  type Rule,
} from './adviceParts.ts';

export const rewardRules: readonly Rule[] = [
  {
    id: 'show-first',
    when: { labels: ['traces'], base: ['never'], verify: ['graded'] },
    verdict: 'sft-then-rft',
    advice: 'Imitate until some tries succeed, then let rewards by degrees take over.',
    reasons: [
      {
        of: ['base', 'verify'],
        text: 'Partial credit tells near from far and would find the way by itself: in reversal, from random weights, to 100 % of greedy answers right, for 1.5 million tokens.',
      },
      {
        of: ['labels'],
        text: 'Imitation is the shorter way to the first success: 99 % on the same 512 prompts, for 0.2 million tokens.',
      },
    ],
    trial: 'showInsteadOfSearching',
  },
  {
    id: 'show-then-reward',
    when: { labels: ['traces'], base: ['never'], verify: ['exact'] },
    verdict: 'sft-then-rft',
    advice: 'Imitate until some tries succeed, then let rewards take over.',
    reasons: [
      noSpread,
      {
        of: ['labels'],
        text: 'Imitation has no need of a first success: 512 answers took reversal from 0 to 99 %, 64 took it to 64 %. From there on there is spread for rewards to work with.',
        source:
          'The order is that of InstructGPT (Ouyang et al., 2022, arXiv 2203.02155) and, with a few thousand worked solutions, of DeepSeek-R1 (2025, arXiv 2501.12948)',
      },
    ],
    trial: 'showFirst',
  },
  {
    id: 'labels-then-reward',
    when: { labels: ['answers'], work: ['many'], base: ['never'], verify: ['exact'] },
    verdict: 'sft-then-rft',
    advice: 'Imitate your answers until some tries succeed, then let rewards take over.',
    reasons: [
      noSpread,
      {
        of: ['labels'],
        text: 'Imitation has no need of a first success: 512 answers took reversal from 0 to 99 %.',
      },
      {
        of: ['work'],
        text: 'Rewards should have the last word, because they pay for every right answer and a label only for one: 59 against 31 % of sampled answers right on Countdown, from the same 64 prompts.',
      },
    ],
    trial: 'showFirst',
  },
  {
    id: 'partial-credit',
    when: { base: ['never'], verify: ['graded'] },
    verdict: 'rft',
    advice: 'Reward by degrees, so that a better failure earns more than a worse one.',
    reasons: [
      {
        of: ['base', 'verify'],
        text: 'Nothing succeeds yet, but partial credit tells near from far. In reversal, from random weights, it leads to 100 % of greedy answers right, where paying for whole answers only leads nowhere (0 %).',
      },
    ],
    trial: 'partialCredit',
  },
  {
    id: 'never-right',
    when: { base: ['never'], verify: ['exact'] },
    verdict: 'neither',
    advice:
      'Give partial credit, start with easier prompts, take a stronger base, or write traces.',
    reasons: [
      noSpread,
      {
        of: ['verify'],
        text: 'With partial credit, from the same start, it came to 100 %.',
      },
    ],
    trial: 'partialCredit',
  },
  {
    id: 'never-right-rough',
    when: { base: ['never'], verify: ['proxy'] },
    verdict: 'neither',
    advice: 'Get a score that you trust, by degrees if possible, or start with easier prompts.',
    reasons: [roughTooEasy, hackable],
    trial: 'rewardWithAHole',
  },
  {
    id: 'rough-score',
    when: { verify: ['proxy'] },
    verdict: 'rft',
    advice: 'Reinforce with care: draw the true score of some answers beside it, and stop in time.',
    reasons: [
      {
        of: ['verify', 'base'],
        text: 'The model is right at times and the score mostly says when: that is something to reinforce.',
      },
      hackable,
    ],
    trial: 'rewardWithAHole',
  },
  {
    id: 'traces-do-as-well',
    when: { labels: ['traces'], work: ['hidden'] },
    verdict: 'sft',
    advice: 'Imitate the worked solutions; it is simpler, and it does as well.',
    reasons: [tracesEnough],
    trial: 'tracesDoAsWell',
  },
  {
    id: 'beyond-one-chain',
    when: { labels: ['traces'], work: ['many'] },
    verdict: 'rft',
    advice: 'Reinforce: the verifier accepts every right answer, your solutions show one each.',
    reasons: [
      {
        of: ['labels', 'work'],
        text: 'Imitating one way of several narrows the model to it: on Countdown 64 worked chains took greedy accuracy from 38 down to 28 %, rewards on the same prompts up to 54 %.',
      },
    ],
    trial: 'rewardsBeatOneChain',
  },
  {
    id: 'beyond-one-label',
    when: { work: ['many'] },
    verdict: 'rft',
    advice: 'Reinforce: the verifier accepts every right answer.',
    reasons: [
      {
        of: ['work'],
        text: 'Where several answers are right, a label is only one of them: on Countdown 64 answers leave sampled accuracy at 31 %, rewards on the same prompts reach 59 %.',
      },
    ],
    trial: 'rewardsBeatOneLabel',
  },
  {
    id: 'answers-as-rewards',
    when: { labels: ['answers'] },
    verdict: 'rft',
    advice: 'Use your answers to check, not to imitate.',
    reasons: [
      answersHide,
      {
        of: ['verify'],
        text: 'Used as a reward on what the model tries itself, the same 64 answers lead to 97 %.',
      },
    ],
    trial: 'rewardsBeatAnswers',
  },
  {
    id: 'rewards-without-labels',
    when: { work: ['all'] },
    verdict: 'rft',
    advice: 'Reinforce; and if labels can be had at all, get some.',
    reasons: [
      {
        of: ['labels', 'verify'],
        text: 'A verifier needs no labels, and the model is right often enough to learn from its own tries.',
      },
      {
        of: ['work'],
        text: 'For this kind of task labels would do better: 91 against 81 % of sampled answers right on the adjudication record, from 64 prompts.',
      },
    ],
    trial: 'rewardsWithoutLabels',
  },
  {
    id: 'only-rewards',
    when: {},
    verdict: 'rft',
    advice: 'Reinforce: this is what rewards are for.',
    reasons: [
      {
        of: ['verify', 'base'],
        text: 'A program can tell, and the model is right at times: what scored better than its group can be made likelier. On the calculator chain that leads from 6 to 97 % with 64 prompts, and to 96 % with 16.',
      },
      {
        of: ['labels', 'work'],
        text: 'Nobody has to work anything out. Answers alone would not do: 64 of them, imitated, give 4 %.',
      },
    ],
    trial: 'rewardsBeatAnswers',
  },
];
