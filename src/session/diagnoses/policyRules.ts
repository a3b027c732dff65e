/**
 * Rules about where the policy has gone: its entropy, its distance from the base, the length of
 * what it writes. None of these is bad in itself: each is told only where the task is not being
 * solved meanwhile. One small function a rule; thresholds with their reasons.
 */
import { everUsesReference } from '../../rft/recipeChange.ts';
import type { Rule } from './diagnosis.ts';
import {
  early,
  FIRST,
  getsBetter,
  halves,
  isGettingThere,
  recent,
  REWARD_FIELDS,
  rightShare,
  SAMPLING_FIELDS,
  type Evidence,
} from './evidence.ts';
import {
  anew,
  entropyBonus,
  firstOf,
  noEntropyBonus,
  plainTemperature,
  slower,
  strongerPull,
} from './remedies.ts';
import {
  looksAtLength,
  overlongPunishment,
  ownInsteadOf,
  paysLength,
  without,
} from './rewardRemedies.ts';
import { above, LIKELY } from './series.ts';

/** Healthy runs end near an eighth of their first entropy too, but with most answers right. */
const COLLAPSED = 1 / 8;
/** Well below what such runs get right, which may waver around a half. */
const FEW_RIGHT = 0.4;
/** Well beyond what one round of prompts differs from the next by. */
const BLOWN_UP = 1.5;
/** Nats; a policy that was sure of everything may well double next to nothing. */
const BLOWN_UP_BY = 0.3;
/** Nats a token; healthy runs of the pretrained policies stay below 0.4. */
const FAR = 0.5;
/** From one stretch to the next; less is a policy that has settled elsewhere. */
const STILL_GOING = 1.2;
/** Of the length limit: from here on completions begin to be cut. */
const NEAR_LIMIT = 0.85;
const MUCH_LONGER = 1.3;
const MUCH_SHORTER = 0.5;

const nats = (value: number): string => value.toFixed(2);

export function findEntropyCollapse(evidence: Evidence): string | null {
  const now = recent(evidence, 'entropy');
  const before = early(evidence, 'entropy', SAMPLING_FIELDS);
  const right = rightShare(evidence);
  if (!now || !before || !right) return null;
  if (now.mean > COLLAPSED * before.mean || right.mean >= FEW_RIGHT) return null;
  if (isGettingThere(evidence)) return null;
  return `Entropy fell from ${nats(before.mean)} to ${nats(now.mean)} nats a token, with ${Math.round(100 * right.mean)}\u202f% right.`;
}

export function findEntropyBlowUp(evidence: Evidence): string | null {
  const now = recent(evidence, 'entropy', FIRST);
  const before = early(evidence, 'entropy', SAMPLING_FIELDS);
  if (!now || !before || getsBetter(evidence)) return null;
  const rose = now.mean >= BLOWN_UP * before.mean && now.mean - before.mean >= BLOWN_UP_BY;
  if (!rose || !above(now, before)) return null;
  return `Entropy rose from ${nats(before.mean)} to ${nats(now.mean)} nats a token.`;
}

export function findKlRunaway(evidence: Evidence): string | null {
  const kl = halves(evidence, 'kl');
  const now = recent(evidence, 'reward');
  const start = early(evidence, 'reward', REWARD_FIELDS);
  if (kl === null || now === null || start === null) return null;
  const [before, after] = kl;
  if (after.mean < FAR || after.mean < STILL_GOING * before.mean) return null;
  if (above(now, start, LIKELY)) return null; // it goes where the reward is
  return `KL to the ${evidence.config.syncRefModel ? 'reference' : 'base'} went from ${nats(before.mean)} to ${nats(after.mean)} nats a token while the reward is no higher than at the start.`;
}

export function findLengthUp(evidence: Evidence): string | null {
  const now = recent(evidence, 'completions/mean_length', FIRST);
  const before = early(evidence, 'completions/mean_length', SAMPLING_FIELDS);
  if (!now || !before || getsBetter(evidence, FIRST)) return null;
  const limit = evidence.config.maxCompletionLength;
  if (now.mean < NEAR_LIMIT * limit || now.mean < MUCH_LONGER * before.mean) return null;
  return `Completions grew from ${before.mean.toFixed(0)} to ${now.mean.toFixed(0)} tokens, of ${limit} allowed, and no more of them are right.`;
}

export function findLengthDown(evidence: Evidence): string | null {
  const now = recent(evidence, 'completions/mean_length', FIRST);
  const before = early(evidence, 'completions/mean_length', SAMPLING_FIELDS);
  if (!now || !before || getsBetter(evidence)) return null;
  if (now.mean > MUCH_SHORTER * before.mean) return null;
  return `Completions shrank from ${before.mean.toFixed(0)} to ${now.mean.toFixed(now.mean < 3 ? 1 : 0)} tokens, and no more of them are right.`;
}

const rft = ['rft'] as const;
const sampled = ['rft', 'rejection'] as const;

export const policyRules: readonly Rule[] = [
  {
    id: 'lengthUp',
    name: 'Completions creep up to the limit',
    watches: 'length',
    meaning:
      'The policy writes more and more without getting more right: length itself is being paid, or costs nothing. Soon everything is cut off.',
    methods: sampled,
    explains: ['truncated'],
    find: findLengthUp,
    remedy: firstOf(without(paysLength), ownInsteadOf(paysLength), overlongPunishment),
  },
  {
    id: 'lengthDown',
    name: 'Completions shrink to nothing',
    watches: 'length',
    meaning:
      'The policy has stopped writing what it would need to find the answer, because short completions are paid or safe.',
    methods: sampled,
    explains: ['entropyCollapse', 'entropyBlowUp', 'noSpread'],
    find: findLengthDown,
    remedy: firstOf(without(looksAtLength), ownInsteadOf(looksAtLength), strongerPull, slower),
  },
  {
    id: 'entropyCollapse',
    name: 'Entropy collapse',
    watches: 'entropy',
    meaning:
      'The policy has become sure of what it does before it does the right thing. It tries nothing new, so no completion can turn out better than the others.',
    methods: rft,
    explains: ['noSpread', 'truncated'],
    find: findEntropyCollapse,
    remedy: anew(
      firstOf(
        plainTemperature((t) => t < 1),
        entropyBonus,
        strongerPull,
        slower,
      ),
    ),
  },
  {
    id: 'entropyBlowUp',
    name: 'Entropy blow-up',
    watches: 'entropy',
    meaning:
      'The policy is becoming less and less decided: it drifts towards random text, where good completions are too rare to learn from.',
    methods: rft,
    explains: ['noSpread'],
    find: findEntropyBlowUp,
    remedy: firstOf(
      noEntropyBonus,
      plainTemperature((t) => t > 1),
      strongerPull,
      slower,
    ),
  },
  {
    id: 'klRunaway',
    name: 'KL runs away',
    watches: 'KL',
    applies: everUsesReference,
    meaning:
      'The policy moves ever further from the base without being paid for it, and loses what the base could do. A larger KL coefficient holds it back.',
    methods: rft,
    explains: [],
    find: findKlRunaway,
    remedy: firstOf(strongerPull, slower),
  },
];
