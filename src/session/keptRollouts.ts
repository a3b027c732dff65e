/**
 * Which rollouts the page keeps of a run. Everything, as long as it fits a budget of memory; beyond
 * it the newest steps stay whole and older ones keep a sample of their groups, the oldest first,
 * down to one group a step. When even that is too much, steps are left out where the others stand
 * closest. The sample is the same prompts in every step, so that steps can still be compared, and
 * depends on nothing but what came in. Sizes are estimates; nothing here measures the heap.
 */
import type { GroupView, RolloutView } from './protocol.ts';

/** Estimated bytes that rollouts may take on the page. */
export const ROLLOUT_BUDGET = 48e6;
/** The newest steps, which are cut down last. */
const WHOLE = 20;

/** A step with what it is reckoned to take. */
export interface Kept {
  rollout: RolloutView;
  bytes: number;
}

/** A token is a reference, a short string and two doubles; a completion its fields and arrays. */
const TOKEN_BYTES = 44;
/** An array of five objects of two fields, for each token. */
const LIKELIEST_BYTES = 260;
const CHANGE_BYTES = 8;
const COMPLETION_BYTES = 400;
const GROUP_BYTES = 160;

function groupBytes({ prompt, answer, completions }: GroupView): number {
  const each = completions.map(
    ({ tokens, likeliest, changes, thinking, answer: written, rewards }) =>
      COMPLETION_BYTES +
      TOKEN_BYTES * tokens.length +
      LIKELIEST_BYTES * (likeliest?.length ?? 0) +
      CHANGE_BYTES * (changes?.length ?? 0) +
      thinking.length +
      written.length +
      8 * rewards.length,
  );
  return GROUP_BYTES + prompt.length + answer.length + sum(each);
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

export function keep(rollout: RolloutView): Kept {
  return { rollout, bytes: sum(rollout.groups.map(groupBytes)) };
}

/** Estimated bytes of all. */
export const keptBytes = (kept: readonly Kept[]): number => sum(kept.map(({ bytes }) => bytes));

/** Puts prompts in an order of their own that has nothing to do with their place (Knuth's hash). */
const rank = ({ promptIndex }: GroupView): number => Math.imul(promptIndex + 1, 0x9e3779b1) >>> 0;

/** The step with half of its groups (at least one), in their old order. */
function halved({ rollout }: Kept): Kept {
  const count = Math.ceil(rollout.groups.length / 2);
  const chosen = new Set([...rollout.groups].sort((a, b) => rank(a) - rank(b)).slice(0, count));
  return keep({ ...rollout, groups: rollout.groups.filter((group) => chosen.has(group)) });
}

const groupsOf = ({ rollout }: Kept): number => rollout.groups.length;

/** Place of the oldest of the first `end` steps with the most groups; -1: none has two. */
function widest(kept: readonly Kept[], end: number): number {
  const most = kept.slice(0, end).reduce((top, one) => Math.max(top, groupsOf(one)), 0);
  return most < 2 ? -1 : kept.findIndex((one) => groupsOf(one) === most);
}

/** Place of the oldest of the first `end` steps whose neighbours are closest; never the first. */
function crowded(kept: readonly Kept[], end: number): number {
  let best = { at: -1, gap: Infinity };
  for (let at = 1; at < Math.min(end, kept.length - 1); at++) {
    const gap = kept[at + 1]!.rollout.step - kept[at - 1]!.rollout.step;
    if (gap < best.gap) best = { at, gap };
  }
  return best.at;
}

interface Cut {
  /** Place of the step; -1: there is none to cut. */
  find: (kept: readonly Kept[], end: number) => number;
  /** What is left of the step: nothing or one. */
  left: (one: Kept) => Kept[];
}

const toHalve: Cut = { find: widest, left: (one) => [halved(one)] };
const toDrop: Cut = { find: crowded, left: () => [] };

/** In this order: old steps lose groups, then go; only then the newest ones. */
const cuts = [
  { ...toHalve, spares: WHOLE },
  { ...toDrop, spares: WHOLE },
  { ...toHalve, spares: 0 },
  { ...toDrop, spares: 0 },
];

/** The steps after the next cut; null when there is nothing left to cut. */
function cut(kept: readonly Kept[]): Kept[] | null {
  for (const { find, left, spares } of cuts) {
    const at = find(kept, Math.max(0, kept.length - spares));
    if (at >= 0) return [...kept.slice(0, at), ...left(kept[at]!), ...kept.slice(at + 1)];
  }
  return null;
}

/**
 * Cuts down until the budget holds. Steps are in order; the first and the newest stay, with one
 * group at least. `bytes` of the result may exceed the budget only by those two groups.
 */
export function fit(kept: readonly Kept[], budget: number): readonly Kept[] {
  let fitting = kept;
  while (keptBytes(fitting) > budget) {
    const next = cut(fitting);
    if (!next) break;
    fitting = next;
  }
  return fitting;
}
