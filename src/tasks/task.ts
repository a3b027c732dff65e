/**
 * What a task is: seeded examples, named reward functions and a line of explanation each.
 * Plain strings and numbers; nothing of the project is imported, so a task can be read,
 * tested and trusted on its own. Randomness comes in as `draw`, so that the caller decides
 * how it is addressed (seed, purpose, index) and a task never keeps state.
 */

/** A uniform integer in [0, below); `below` is a positive integer up to 2^32. */
export type Draw = (below: number) => number;

/** One prompt with everything a verifier needs to score a completion of it. */
export interface Example {
  /** Text given to the policy. */
  prompt: string;
  /** The right answer as text, where a single one exists; shown in the page. */
  answer: string;
  /** A full right completion, reasoning included. */
  gold: string;
}

/** What a reward function is given for one completion. */
export interface Scored<E extends Example = Example> {
  example: E;
  /** The completion's text without eos. */
  completion: string;
  /** True when the policy ended it with eos; false when it was cut at the length limit. */
  ended: boolean;
}

/** A named column of the reward table. `weight` is its default weight in the total. */
export interface RewardFunction<E extends Example = Example> {
  name: string;
  meaning: string;
  weight: number;
  /** In [0, 1]; null when the function has nothing to say about this completion. */
  score(scored: Scored<E>): number | null;
}

/**
 * A reward that looks right and has a known hole: alone in force, it shows reward hacking. Not one
 * of the task's `rewards`, and no measure of anything.
 */
export interface ProxyReward<E extends Example = Example> extends RewardFunction<E> {
  /** What a well-meaning author would say that it rewards. */
  meaning: string;
  /**
   * What a policy finds instead, with measured figures: the default recipe with the proxy as the
   * only reward, seed 1, before and after, on held-out prompts at temperature 1.
   */
  hole: string;
  score(scored: Scored<E>): number;
}

/** How hard a task's examples are; the config's `level` is a place in the task's list, from 1. */
export interface Level {
  label: string;
  /** One line: what makes it easier or harder. */
  meaning: string;
}

/** The level that policies are mostly pretrained on and that the measured figures are for. */
export const standardLevel = 2;

/** One task; `E` is its example type. */
export interface Task<E extends Example = Example> {
  id: string;
  title: string;
  /** What the policy is asked to do. */
  summary: string;
  /** How to read its prompts and completions: what each sign stands for, in one line. */
  reading: string;
  /** What the task teaches about RFT, with measured figures where there are any. */
  lesson: string;
  /** Easy, standard, hard. */
  levels: readonly [Level, Level, Level];
  /** True when a completion is `<thinking>answer`; false when it is the bare answer. */
  thinks: boolean;
  /** True when `gold` holds worked steps, which SFT can imitate instead of answers. */
  hasChains: boolean;
  /**
   * An example for training (`heldOut` false) or from the disjoint held-out set. `level` is 1, 2
   * or 3; standard when left out.
   */
  example(draw: Draw, heldOut: boolean, level?: number): E;
  /** Only for tasks with a fixed set of examples: all of them on that side of the split. */
  pool?(heldOut: boolean): readonly E[];
  rewards: readonly RewardFunction<E>[];
  /** A plausible mistake for a reward, to train on instead of `rewards` and see it hacked. */
  proxy: ProxyReward<E>;
  /** True when the answer counts as right in held-out accuracy. */
  isCorrect(scored: Scored<E>): boolean;
  /**
   * Only for tasks whose answers are programs: which of the example's hidden unit tests an answer
   * passes, in their order; null when it is no program.
   */
  testResults?(answer: string, example: E): readonly boolean[] | null;
  /** Thinking and answer apart, for display; any string is accepted. */
  parts(completion: string): { thinking: string; answer: string };
}

/**
 * A row of the user's own data: prompt, answer and, where there is one, the chain of thought that
 * leads to the answer.
 */
export type OwnRow = readonly [prompt: string, answer: string, chain?: string];
