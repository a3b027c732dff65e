/**
 * What the form says of a field beside its value: whether it has a say with this task and method,
 * a remark, and why a choice is not to be had. Validity itself is parseConfig's. Pure functions.
 */
import {
  configTable,
  type ConfigField,
  type Field,
  type Method,
  type RunConfig,
} from '../rft/configTable.ts';
import { policyTable } from '../rft/policyTable.ts';
import type { TaskId } from '../rft/taskRecipes.ts';
import type { Task } from '../tasks/task.ts';

/** Fields that only some tasks look at. */
const taskRules: Partial<Record<ConfigField, (task: TaskId) => boolean>> = {
  level: (task) => task !== 'own',
  rows: (task) => task === 'own',
};

export function fieldApplies(name: ConfigField, task: TaskId, method: Method): boolean {
  const { methods }: Field = configTable[name];
  return (methods?.includes(method) ?? true) && (taskRules[name]?.(task) ?? true);
}

/** How a policy stands to a task before any fine-tuning. */
export type Acquaintance = 'pretrained' | 'stranger' | 'untrained';

export function acquaintance(policy: RunConfig['policy'], taskId: string): Acquaintance {
  const seen: readonly string[] = policyTable[policy].pretrainedFor;
  if (seen.length === 0) return 'untrained';
  return seen.includes(taskId) ? 'pretrained' : 'stranger';
}

export function fieldNote(
  name: ConfigField,
  task: Task,
  policy: RunConfig['policy'],
): string | undefined {
  if (name === 'sftTarget') return choiceProblem(name, 'chain', task);
  if (name !== 'policy') return undefined;
  const notes: Record<Acquaintance, string | undefined> = {
    pretrained: undefined,
    untrained: 'Starts from random weights: it has read nothing yet.',
    stranger:
      task.id === 'own'
        ? 'It has read other tasks’ texts, not yours: it may never get one of your prompts right.'
        : `It was not pretrained for ${task.title}: it may never get a prompt right.`,
  };
  return notes[acquaintance(policy, task.id)];
}

export function choiceProblem(name: ConfigField, choice: string, task: Task): string | undefined {
  if (name !== 'sftTarget' || choice !== 'chain' || task.hasChains) return undefined;
  return task.id === 'own'
    ? 'Imitating chains needs a chain in every row of your table.'
    : `${task.title} has no worked chains to imitate, only answers.`;
}
