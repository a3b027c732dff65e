/**
 * From answers to a recommendation: rules in order, of which the first that holds decides. What a
 * rule asks for is data, so that its reasons can name the answers that led to it, and so that a
 * test can hold every combination against them.
 */
import {
  answersHide,
  cannotRisk,
  hackable,
  noSpread,
  tracesEnough,
  type Rule,
} from './adviceParts.ts';

export const rules: readonly Rule[] = [
  {
    id: 'nothing-to-learn-from',
    when: { labels: ['none'], verify: ['none'] },
    verdict: 'neither',
    advice: 'Write down right answers to a few dozen prompts first; they are also your test.',
    reasons: [
      {
        of: ['labels', 'verify'],
        text: 'There is nothing to learn from: no example says what is right, and no program can. Rewards that carry no information teach nothing, which the second recipe shows.',
      },
    ],
    trial: 'rewardsThatSayNothing',
  },
  {
    id: 'rough-score-high-stakes',
    when: { labels: ['none'], verify: ['proxy'], stakes: ['high'] },
    verdict: 'neither',
    advice: 'Build a verifier that you would trust, or collect answers that were checked.',
    reasons: [
      hackable,
      cannotRisk,
      { of: ['labels'], text: 'And there is no answer to imitate instead.' },
    ],
    trial: 'rewardWithAHole',
  },
  {
    id: 'good-enough',
    when: { base: ['often'], stakes: ['low'] },
    verdict: 'neither',
    advice: 'Use the model as it is, and measure it; train when you know what its mistakes cost.',
    reasons: [
      {
        of: ['base', 'stakes'],
        text: 'It is mostly right and mistakes are cheap: what training can still add is small. On the adjudication record the base policy’s first choice is right for 79 %, and the best of our methods on 64 prompts adds 15 points.',
      },
    ],
    trial: 'labelsSayAll',
  },
  {
    id: 'labels-say-all',
    when: { labels: ['answers', 'traces'], work: ['all'] },
    verdict: 'sft',
    advice: 'Imitate the labels you have.',
    reasons: [
      {
        of: ['labels', 'work'],
        text: 'Each label says everything there is to learn, where a reward only says how good a guess was. On the adjudication record 64 labels bring sampled answers to 91 % right, rewards on the same prompts to 81 %.',
      },
    ],
    trial: 'labelsSayAll',
  },
  {
    id: 'answers-unscorable',
    when: { labels: ['answers'], work: ['hidden'], verify: ['none'] },
    verdict: 'neither',
    advice: 'Have a few dozen of your answers worked out step by step, or find a way to score.',
    reasons: [
      answersHide,
      { of: ['verify'], text: 'And without a score the model’s own attempts cannot be sorted.' },
    ],
    trial: 'answersHideTheWork',
  },
  {
    id: 'answers-rough-high-stakes',
    when: { labels: ['answers'], work: ['hidden'], verify: ['proxy'], stakes: ['high'] },
    verdict: 'neither',
    advice: 'Have a few dozen of your answers worked out step by step, or build an exact verifier.',
    reasons: [answersHide, cannotRisk],
    trial: 'answersHideTheWork',
  },
  {
    id: 'traces-unscorable',
    when: { labels: ['traces'], work: ['hidden'], verify: ['none', 'proxy'] },
    verdict: 'sft',
    advice: 'Imitate the worked solutions.',
    reasons: [
      tracesEnough,
      { of: ['verify'], text: 'A reward that you could trust is not to be had anyway.' },
    ],
    trial: 'tracesDoAsWell',
  },
  {
    id: 'only-labels',
    when: { labels: ['answers', 'traces'], work: ['many'], verify: ['none'] },
    verdict: 'sft',
    advice: 'Imitate your labels, and get many of them.',
    reasons: [
      { of: ['labels', 'verify'], text: 'Labels are all there is to learn from.' },
      {
        of: ['work'],
        text: 'But each is one right answer of several, and few do harm: on Countdown 64 answers took greedy accuracy from 38 down to 33 %, 1,024 took it up to 46 %.',
      },
    ],
    trial: 'manyLabels',
  },
  {
    id: 'labels-rough-never-right',
    when: { labels: ['answers', 'traces'], work: ['many'], verify: ['proxy'], base: ['never'] },
    verdict: 'sft',
    advice: 'Imitate your labels, many of them, before you reward anything.',
    reasons: [
      {
        of: ['verify', 'base'],
        text: 'A rough score is easier to please than the task is to solve, and before the first success nothing but that is rewarded.',
      },
      {
        of: ['labels', 'work'],
        text: 'Your labels are right, if each is one answer of several: on Countdown 1,024 of them took greedy accuracy from 38 to 46 %, while 64 did harm (33 %).',
      },
    ],
    trial: 'manyLabels',
  },
  {
    id: 'labels-rough-high-stakes',
    when: { labels: ['answers', 'traces'], work: ['many'], verify: ['proxy'], stakes: ['high'] },
    verdict: 'sft',
    advice: 'Imitate your labels, many of them, and keep the rough score for watching only.',
    reasons: [
      hackable,
      cannotRisk,
      {
        of: ['labels', 'work'],
        text: 'Your labels are right, if each is one answer of several: on Countdown 1,024 of them took greedy accuracy from 38 to 46 %, while 64 did harm (33 %).',
      },
    ],
    trial: 'manyLabels',
  },
  {
    id: 'show-then-reward',
    when: { labels: ['traces'], base: ['never'] },
    verdict: 'sft-then-rft',
    advice: 'Imitate until some tries succeed, then let rewards take over.',
    reasons: [
      noSpread,
      {
        of: ['labels'],
        text: 'Imitation has no need of a first success: 512 answers took reversal from 0 to 99 %, 64 took it to 64 %. From there on there is spread for rewards to work with.',
        source:
          'The order is that of InstructGPT (Ouyang et al., 2022, arXiv 2203.02155) and, with few worked solutions, of DeepSeek-R1 (2025, arXiv 2501.12948)',
      },
    ],
    trial: 'showFirst',
  },
  {
    id: 'labels-then-reward',
    when: { labels: ['answers'], work: ['many'], base: ['never'] },
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
    when: { base: ['never'] },
    verdict: 'neither',
    advice:
      'Give partial credit, start with easier prompts, take a stronger base, or write traces.',
    reasons: [
      noSpread,
      {
        of: ['verify'],
        text: 'Partial credit is what such a reward lacks; a rough score does not stand in for it, for it is easier to please than the task is to solve.',
      },
    ],
    trial: 'partialCredit',
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
