/**
 * What a search asks about a completion and its scores do not say: whether an answer would be right
 * in the right form, which the task decides, and which rewards judge nothing but the form.
 */
import type { RunConfig } from '../rft/configTable.ts';
import { trainExample, trainingSet } from '../rft/dataset.ts';
import { rewardsOf, type RewardSpec } from '../rft/rewardSpec.ts';
import { taskOf } from '../tasks/index.ts';
import type { Example } from '../tasks/task.ts';
import type { GroupView } from './protocol.ts';

export interface AnswerJudge {
  /** Whether the answer is a right one of the group's prompt, once it is written as it should be. */
  isRight: (group: GroupView, answer: string) => boolean;
  /** Whether the reward of this name judges the form. */
  judgesForm: (rewardName: string) => boolean;
}

/** Graders that look at nothing but the form. */
const FORM_KINDS = new Set<RewardSpec['kind']>(['format', 'json_schema']);

/** Without what an answer is wrapped in. */
const bare = (text: string): string => text.replace(/[<>\s]/g, '');

/** Code, patterns and the task's own rewards may judge anything: their names say what. */
function formRewards(config: RunConfig): ReadonlySet<string> {
  const lists = [
    config.rewards,
    ...config.changes.flatMap(({ rewards }) => (rewards ? [rewards] : [])),
  ];
  const specs = lists.flatMap((list) => rewardsOf(taskOf(config), list));
  return new Set(specs.filter(({ kind }) => FORM_KINDS.has(kind)).map(({ name }) => name));
}

/** The training examples by their place, made when they are first asked for. */
function exampleFinder(config: RunConfig): (index: number) => Example | undefined {
  const task = taskOf(config);
  if (task.pool) {
    const all = trainingSet(task, config);
    return (index) => all[index];
  }
  const made = new Map<number, Example>();
  return (index) => {
    const example = made.get(index) ?? trainExample(task, config.seed, index, config.level);
    made.set(index, example);
    return example;
  };
}

export function answerJudge(config: RunConfig): AnswerJudge {
  const task = taskOf(config);
  const exampleOf = exampleFinder(config);
  const forms = formRewards(config);
  return {
    isRight: ({ promptIndex, prompt, answer: gold }, answer) => {
      const written = bare(answer);
      if (written === '') return false;
      if (written === bare(gold)) return true;
      const example = exampleOf(promptIndex);
      if (example?.prompt !== prompt) return false;
      const completion = task.thinks ? `<>${written}` : written;
      return task.isCorrect({ example, completion, ended: true });
    },
    judgesForm: (name) => forms.has(name) || /format/i.test(name),
  };
}
