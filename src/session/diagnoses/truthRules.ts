/**
 * Rules about what is learnt: the form alone, something that is paid and not meant, or the prompts
 * by heart. They compare what is paid with what the task itself calls right, and training with
 * held-out prompts. One small function a rule; thresholds with their reasons.
 */
import { percent } from '../dryRunWords.ts';
import { tokenProbability } from '../trainingFit.ts';
import type { Rule } from './diagnosis.ts';
import {
  bestSteps,
  early,
  FIRST,
  getsBetter,
  isGettingThere,
  recent,
  REWARD_FIELDS,
  rightShare,
  rightWhenEvaluated,
  SAMPLING_FIELDS,
  SOLVED,
  WINDOW,
  type Evidence,
} from './evidence.ts';
import {
  byRewards,
  easierLevel,
  firstOf,
  moreCompletions,
  morePrompts,
  strongerPull,
  workedTexts,
} from './remedies.ts';
import { isFormat, namesOf, ownRewards, without } from './rewardRemedies.ts';
import { rewardIsWon } from './signalRules.ts';
import { above, CLEAR, LIKELY, seriesOf, stretch } from './series.ts';

/** Learnt, as far as a form is ever kept to. */
const FORM_KEPT = 0.9;
/** More than guesses: the answer is being learnt as well. */
const MORE_THAN_GUESSES = 0.3;
/** Steps before which it is no wonder that the answer has yet to come. */
const PATIENT = 15;
/** Half of the right completions are gone: no chance of the step, no noise of the prompts. */
const HALF_LEFT = 0.5;
/** Training gained at least this, so that there is something to have learnt by heart. */
const GAINED = 0.2;
/** Held-out prompts gained less than this part of it (Countdown's own recipe gains half). */
const LITTLE_CARRIED = 1 / 3;
/** Mean probability of a token of a text that is known. */
const KNOWN = 0.8;
/** Held-out accuracy lost at least this since its best; more where few prompts measure it. */
const LOST = 0.15;

export function findFormatOnly(evidence: Evidence): string | null {
  const [name] = namesOf(evidence.config, isFormat);
  if (name === undefined || evidence.since.length < PATIENT) return null;
  const form = recent(evidence, `rewards/${name}/mean`);
  const right = rightShare(evidence);
  if (!form || !right || form.mean < FORM_KEPT || right.mean > MORE_THAN_GUESSES) return null;
  const paysMore = namesOf(evidence.config, (spec) => !isFormat(spec)).length > 0;
  if (paysMore && (isGettingThere(evidence) || getsBetter(evidence))) return null;
  return `${percent(form.mean)} of the completions had the right form over the last ${WINDOW} steps, ${percent(right.mean)} the right answer.`;
}

/** The reward holds or rises while less is right than there was. */
function partedFromTruth(evidence: Evidence): string | null {
  const best = bestSteps(evidence, WINDOW);
  const right = rightShare(evidence);
  const reward = recent(evidence, 'reward');
  const start = early(evidence, 'reward', REWARD_FIELDS);
  if (!best || !right || !reward || !start) return null;
  if (!above(reward, start) || above(best.reward, reward, LIKELY)) return null;
  if (right.mean > HALF_LEFT * best.right.mean || !above(best.right, right, CLEAR)) return null;
  return `The reward rose from ${start.mean.toFixed(2)} to ${reward.mean.toFixed(2)}, but what the task calls right fell from ${percent(best.right.mean)} to ${percent(right.mean)}.`;
}

/** The reward is won and the task is not. */
function wonWithoutTruth(evidence: Evidence): string | null {
  const right = rightShare(evidence);
  const reward = recent(evidence, 'reward');
  if (!right || !reward || right.mean > MORE_THAN_GUESSES || !rewardIsWon(evidence)) return null;
  return `The reward is won (${reward.mean.toFixed(2)}, hardly a group differs), but only ${percent(right.mean)} of the completions are right.`;
}

export const findRewardNotTruth = (evidence: Evidence): string | null =>
  partedFromTruth(evidence) ?? wonWithoutTruth(evidence);

/** Training prompts are learnt, held-out ones are not, or no longer. */
export function findParting(evidence: Evidence): string | null {
  const shares = seriesOf(evidence.evaluations, 'eval_pass@1');
  const right = rightWhenEvaluated(evidence);
  const before = early(evidence, 'train_accuracy', SAMPLING_FIELDS);
  const [first, now] = [shares[0], shares.at(-1)];
  if (shares.length < 2 || first === undefined || now === undefined || !right || !before)
    return null;
  const gained = right.mean - before.mean;
  if (gained < GAINED) return null;
  const best = Math.max(...shares);
  const chance = 2 * Math.sqrt(0.5 / evidence.config.numEvalPrompts); // two errors of a difference
  const lost = best - now >= Math.max(LOST, chance) && right.mean - now >= GAINED;
  if (now - first >= LITTLE_CARRIED * gained && !lost) return null;
  const heldOut = lost
    ? `held-out prompts fell from ${percent(best)} to ${percent(now)}`
    : `held-out prompts went from ${percent(first)} to ${percent(now)}`;
  return `Training prompts went from ${percent(before.mean)} to ${percent(right.mean)} right, ${heldOut}.`;
}

/** What is imitated is known by now, and held-out prompts gained little or nothing of it. */
export function findByHeart(evidence: Evidence): string | null {
  const losses = seriesOf(evidence.rows, 'loss');
  const shares = seriesOf(evidence.evaluations, 'eval_pass@1');
  const [first, now] = [shares[0], shares.at(-1)];
  if (losses.length < PATIENT || shares.length < 2 || first === undefined || now === undefined) {
    return null;
  }
  const probability = (part: readonly number[]): number =>
    tokenProbability(stretch(part)?.mean ?? 0);
  const [before, after] = [probability(losses.slice(0, FIRST)), probability(losses.slice(-FIRST))];
  const gained = after - before;
  if (after < KNOWN || gained < GAINED || now >= SOLVED) return null;
  if (now - first >= LITTLE_CARRIED * gained) return null;
  return `The texts that are imitated went from a probability of ${percent(before)} a token to ${percent(after)}, held-out prompts from ${percent(first)} to ${percent(now)} right.`;
}

const sampled = ['rft', 'rejection'] as const;

export const truthRules: readonly Rule[] = [
  {
    id: 'formatOnly',
    name: 'Format learnt, not the answer',
    watches: 'reward against truth',
    meaning:
      'The form is easy and paid at once; the answer is hard and seldom paid. The policy has found the easy part, and where all have it there is nothing left to tell completions apart.',
    methods: sampled,
    explains: ['noSpread', 'rewardNotTruth'],
    find: findFormatOnly,
    remedy: firstOf(ownRewards, easierLevel, without(isFormat), moreCompletions),
  },
  {
    id: 'rewardNotTruth',
    name: 'Reward up, truth down',
    watches: 'reward against truth',
    meaning:
      'The policy found a way to be paid that is not the task: reward hacking. It does what is rewarded, not what was meant, so the reward has to change.',
    methods: sampled,
    explains: ['noSpread'],
    find: findRewardNotTruth,
    remedy: firstOf(ownRewards, strongerPull),
  },
  {
    id: 'parting',
    name: 'Training and held-out part',
    watches: 'training against held-out',
    meaning:
      'The policy learns these prompts by heart and not the task. More different prompts leave it nothing to memorise.',
    methods: sampled,
    explains: ['noSpread', 'entropyCollapse'],
    find: findParting,
    remedy: firstOf(morePrompts, strongerPull),
  },
  {
    id: 'byHeart',
    name: 'Learnt by heart',
    watches: 'training against held-out',
    meaning:
      'The policy knows the texts that it imitates and cannot do others: they show what to say and not how to get there. Texts with the working in them, rewards instead of texts, or more of them, can help.',
    methods: ['sft'],
    explains: [],
    find: findByHeart,
    remedy: firstOf(workedTexts, byRewards, morePrompts),
  },
];
