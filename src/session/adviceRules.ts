/**
 * From answers to a recommendation, first part: what is decided by what there is to imitate, and by
 * the lack of a score that could be trusted. Rules in order, of which the first that holds decides;
 * what a rule asks for is data, so that its reasons can name the answers that led to it, and so
 * that a test can hold every combination against them.
 */
import {
  answersHide,
  cannotRisk,
  hackable,
  roughTooEasy,
  tracesEnough,
  type Rule,
} from './adviceParts.ts';
import { rewardRules } from './adviceRewardRules.ts';

const labelRules: readonly Rule[] = [
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
      roughTooEasy,
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
];

/** The first that holds decides. */
export const rules: readonly Rule[] = [...labelRules, ...rewardRules];
