/**
 * A reward function as it stands in a recipe: one of the task's own, a grader set up in a form, or
 * code that the user wrote. Plain JSON from a link, so everything is checked here and nothing is
 * run; `listRewards` says what a checked list means for a task.
 */
import type { GraderSpec } from '../graders/grader.ts';
import { patternCosts, type PatternCost } from '../graders/patternCosts.ts';
import { parseGrader } from '../graders/parseGrader.ts';
import { checkProgram } from '../graders/codeProgram.ts';
import type { CodeProgram } from '../graders/codeReward.ts';
import type { Task } from '../tasks/task.ts';

/** A reward function of the task itself, or its proxy, by name. */
export interface TaskReward {
  readonly kind: 'task';
  readonly name: string;
}

export type CodeReward = { readonly kind: 'code' } & Readonly<CodeProgram>;

export type RewardSpec = TaskReward | CodeReward | GraderSpec;

export const isTaskReward = (spec: RewardSpec): spec is TaskReward => spec.kind === 'task';
export const isCodeReward = (spec: RewardSpec): spec is CodeReward => spec.kind === 'code';

/** A mistake in a list of rewards: which one, which of its settings, what would be right. */
export interface RewardProblem {
  /** Place in the list, from 0. */
  at: number;
  /** The setting's name; '' for the reward as a whole. */
  setting: string;
  message: string;
}

type Parsed =
  | { spec: RewardSpec; problems: readonly [] }
  | { spec: null; problems: Omit<RewardProblem, 'at'>[] };

const refuse = (setting: string, message: string): Parsed => ({
  spec: null,
  problems: [{ setting, message }],
});

function parseTaskReward(input: object): Parsed {
  const { name, ...rest } = input as { name?: unknown; kind?: unknown };
  const known = typeof name === 'string' && name.length <= 40 && Object.keys(rest).length === 1;
  if (!known) return refuse('name', 'Name one of the task’s reward functions.');
  return { spec: Object.freeze({ kind: 'task', name }), problems: [] };
}

function parseCodeReward(input: object): Parsed {
  const settings = Object.entries(input).filter(([name]) => name !== 'kind');
  const { program, problems } = checkProgram(Object.fromEntries(settings));
  if (program === null) {
    return {
      spec: null,
      problems: problems.map(({ field, message }) => ({ setting: field, message })),
    };
  }
  return { spec: Object.freeze({ kind: 'code', ...program }), problems: [] };
}

function parseGraderReward(input: object): Parsed {
  const parsed = parseGrader(input);
  if ('spec' in parsed) return { spec: parsed.spec, problems: [] };
  return {
    spec: null,
    problems: parsed.problems.map(({ field, message }) => ({ setting: field, message })),
  };
}

function parseReward(input: unknown): Parsed {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    return refuse('', 'A reward is a set of settings.');
  }
  const { kind } = input as { kind?: unknown };
  if (kind === 'task') return parseTaskReward(input);
  return kind === 'code' ? parseCodeReward(input) : parseGraderReward(input);
}

/** Cost of all patterns in all rewards (see Pattern): a plain character in one costs 1. */
const MOST_PATTERN_COST = 1000;
/** Graders in all rewards, those inside combinations included. */
const MOST_GRADERS = 32;

/** A grader with all that are inside it. */
export function gradersIn(spec: Readonly<Record<string, unknown>>): GraderSpec[] {
  const parts = Array.isArray(spec['parts']) ? (spec['parts'] as { grader: GraderSpec }[]) : [];
  return [spec as GraderSpec, ...parts.flatMap(({ grader }) => gradersIn(grader))];
}

/** The first pattern with which all up to it cost more than there is for them. */
function patternProblem(costs: readonly (PatternCost & { at: number })[]): RewardProblem[] {
  let sum = 0;
  const first = costs.find(({ cost }) => (sum += cost) > MOST_PATTERN_COST);
  if (!first) return [];
  const message =
    `All patterns together may have at most ${MOST_PATTERN_COST} characters and choices, their ` +
    `repetitions written out; with this one they have ${sum}.`;
  return [{ at: first.at, setting: first.field, message }];
}

/** A link from a stranger may hold no more than a step can afford. */
function costProblem(specs: readonly RewardSpec[]): RewardProblem[] {
  const graders = specs.flatMap((spec, at) =>
    isTaskReward(spec) || isCodeReward(spec) ? [] : [{ at, spec }],
  );
  if (graders.flatMap(({ spec }) => gradersIn(spec)).length > MOST_GRADERS) {
    const message = `All rewards together may hold at most ${MOST_GRADERS} graders.`;
    return [{ at: specs.length - 1, setting: '', message }];
  }
  return patternProblem(
    graders.flatMap(({ at, spec }) => patternCosts(spec).map((one) => ({ at, ...one }))),
  );
}

/** Names are metric keys, so each may occur once. */
function repeatedNames(specs: readonly RewardSpec[]): RewardProblem[] {
  return specs.flatMap(({ name }, at) =>
    specs.findIndex((other) => other.name === name) === at
      ? []
      : [{ at, setting: 'name', message: `There is another reward called ${name}.` }],
  );
}

/** A checked, frozen list, or every problem there is. Never throws on JSON values. */
export function parseRewards(
  input: unknown,
):
  | { specs: readonly RewardSpec[]; problems: readonly [] }
  | { specs: null; problems: RewardProblem[] } {
  if (!Array.isArray(input)) {
    const message = 'Rewards are a list of reward functions.';
    return { specs: null, problems: [{ at: 0, setting: '', message }] };
  }
  const parsed = input.map(parseReward);
  const specs = parsed.flatMap(({ spec }) => (spec === null ? [] : [spec]));
  const problems = [
    ...parsed.flatMap((one, at) => one.problems.map((problem) => ({ at, ...problem }))),
    ...(specs.length === parsed.length ? [...repeatedNames(specs), ...costProblem(specs)] : []),
  ];
  return problems.length === 0
    ? { specs: Object.freeze(specs), problems: [] }
    : { specs: null, problems };
}

/** The rewards of a run: the ones given, or the task's own where none are. */
export function rewardsOf(task: Task, given: readonly RewardSpec[]): readonly RewardSpec[] {
  return given.length > 0
    ? given
    : task.rewards.map(({ name }): TaskReward => ({ kind: 'task', name }));
}

/** A task's reward function by name, its proxy included. */
export const taskReward = (task: Task, name: string) =>
  [...task.rewards, task.proxy].find((reward) => reward.name === name);

/** Weight of each reward where the recipe gives none: the task's own, or 1. */
export function ownWeights(task: Task, given: readonly RewardSpec[]): number[] {
  return rewardsOf(task, given).map((spec) =>
    isTaskReward(spec) ? (taskReward(task, spec.name)?.weight ?? 1) : 1,
  );
}

/** The weights in force: the run's own where given, else each reward's own. */
export function weightsOf(
  task: Task,
  { rewards, rewardWeights }: { rewards: readonly RewardSpec[]; rewardWeights: readonly number[] },
): readonly number[] {
  return rewardWeights.length > 0 ? rewardWeights : ownWeights(task, rewards);
}

/** Every reward that a run has at some step, in the order of their first use. */
export function rewardNames(
  task: Task,
  {
    rewards,
    changes,
  }: { rewards: readonly RewardSpec[]; changes: readonly { rewards?: readonly RewardSpec[] }[] },
): string[] {
  const lists = [rewards, ...changes.flatMap((change) => (change.rewards ? [change.rewards] : []))];
  return [...new Set(lists.flatMap((list) => rewardsOf(task, list).map(({ name }) => name)))];
}
