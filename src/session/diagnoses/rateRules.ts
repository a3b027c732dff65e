/**
 * Rules about how fast it learns: the learning rate breaks what was there, or moves nothing. One
 * small function a rule; thresholds with their reasons.
 */
import { taskRecipe } from '../../rft/taskRecipes.ts';
import { percent } from '../dryRunWords.ts';
import type { Rule } from './diagnosis.ts';
import {
  bestSteps,
  early,
  FIRST,
  getsBetter,
  recent,
  REWARD_FIELDS,
  rightShare,
  SAMPLING_FIELDS,
  SOLVED,
  WINDOW,
  type Evidence,
} from './evidence.ts';
import { anew, faster, slower } from './remedies.ts';
import { MOST_GROUPS } from './signalRules.ts';
import { above, LIKELY } from './series.ts';

/** A score worth losing: below, ups and downs are guesses. */
const WORTH_LOSING = 0.15;
/** What is left of the best after a collapse. */
const LITTLE_LEFT = 0.3;
/** A learning rate of this many times the task's own has to show that it works. */
const FAR_ABOVE = 5;
/** Twice the window: the first half is what the second is compared with. */
const LONG = 2 * WINDOW;
/** Of the entropy; a policy that learns moves it by more within twenty steps. */
const STOOD_STILL = 0.1;

/** What was learnt is lost again, reward and all. */
function collapse(evidence: Evidence): string | null {
  const best = bestSteps(evidence, FIRST);
  const right = rightShare(evidence, FIRST);
  const reward = recent(evidence, 'reward', FIRST);
  if (!best || !right || !reward || best.right.mean < WORTH_LOSING) return null;
  if (right.mean > LITTLE_LEFT * best.right.mean || !above(best.reward, reward, LIKELY))
    return null;
  return `${percent(best.right.mean)} of the completions were right at best, now ${percent(right.mean)}, and the reward fell with them.`;
}

/** Far above what the task is known to learn with, and nothing to show for it. */
function tooBold(evidence: Evidence): string | null {
  const { config } = evidence;
  const times = config.learningRate / taskRecipe(config.task).learningRate;
  const reward = recent(evidence, 'reward');
  const before = early(evidence, 'reward', REWARD_FIELDS);
  if (times < FAR_ABOVE || !reward || !before) return null;
  if (getsBetter(evidence) || above(reward, before, LIKELY)) return null;
  return `The learning rate is ${Math.round(times)} times the task’s own, and after ${evidence.rows.length} steps no more is right.`;
}

export const findRateTooHigh = (evidence: Evidence): string | null =>
  collapse(evidence) ?? tooBold(evidence);

export function findRateTooLow(evidence: Evidence): string | null {
  if (evidence.since.length < LONG) return null;
  const right = rightShare(evidence);
  const [entropy, before] = [
    recent(evidence, 'entropy'),
    early(evidence, 'entropy', SAMPLING_FIELDS, WINDOW),
  ];
  if (!right || !entropy || !before || right.mean >= SOLVED || before.mean === 0) return null;
  const spreadless = recent(evidence, 'frac_reward_zero_std');
  if (spreadless === null || spreadless.mean >= MOST_GROUPS) return null; // nothing to go by
  if (Math.abs(entropy.mean / before.mean - 1) > STOOD_STILL) return null;
  const moved = ['reward', 'entropy', 'completions/mean_length'].some((key) => {
    const now = recent(evidence, key);
    const first = early(evidence, key, REWARD_FIELDS, WINDOW);
    return !now || !first || above(now, first, LIKELY) || above(first, now, LIKELY);
  });
  if (moved) return null;
  return `After ${evidence.rows.length} steps reward, entropy (${entropy.mean.toFixed(2)} nats) and length are where they were.`;
}

const rft = ['rft'] as const;

export const rateRules: readonly Rule[] = [
  {
    id: 'rateTooHigh',
    name: 'Learning rate too high',
    watches: 'learning rate',
    meaning:
      'Each update goes further than the completions it was made from can vouch for, and breaks what the policy could do. A lower rate learns more in the end.',
    methods: rft,
    explains: [
      'noSpread',
      'lengthUp',
      'lengthDown',
      'entropyCollapse',
      'entropyBlowUp',
      'formatOnly',
      'rewardNotTruth',
      'truncated',
    ],
    find: findRateTooHigh,
    remedy: anew(slower),
  },
  {
    id: 'rateTooLow',
    name: 'Learning rate too low',
    watches: 'learning rate',
    meaning:
      'Groups do differ and could teach, but the updates are so small that the policy stays what it was.',
    methods: rft,
    explains: [],
    find: findRateTooLow,
    remedy: faster,
  },
];
