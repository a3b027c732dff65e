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
import { lossTable, type LossType } from '../rft/lossTable.ts';
import type { Condition } from '../rft/fields/kinds.ts';
import type { RecipeChange } from '../rft/changeable.ts';
import { isCodeReward, type RewardSpec } from '../rft/rewardSpec.ts';
import { policyTable } from '../rft/policyTable.ts';
import type { Task } from '../tasks/task.ts';

/** The form's values, as far as they can be read. */
export type Typed = Readonly<Record<ConfigField, unknown>>;

/** Fields with a say only where more than another field's value decides. */
const rules: Partial<Record<ConfigField, (typed: Typed) => boolean>> = {
  level: ({ task }) => task !== 'own',
  rows: ({ task }) => task === 'own',
  rowsHash: () => false,
  ownSplit: ({ task }) => task === 'own',
  maxRewardErrorRatio: ({ rewards }) => (rewards as readonly RewardSpec[]).some(isCodeReward),
  changes: ({ changes }) => (changes as readonly RecipeChange[]).length > 0,
};

function holds({ field, oneOf, above }: Condition, typed: Typed): boolean {
  const value = typed[field as ConfigField];
  if (above !== undefined) return typeof value === 'number' && value > above;
  return oneOf?.includes(value as string | boolean) ?? true;
}

/** Whether a field has a say with the form as it stands. */
export function fieldApplies(name: ConfigField, typed: Typed): boolean {
  const { methods, when }: Field = configTable[name];
  return (
    (methods?.includes(typed.method as Method) ?? true) &&
    (when === undefined || holds(when, typed)) &&
    (rules[name]?.(typed) ?? true)
  );
}

/** How a policy stands to a task before any fine-tuning. */
export type Acquaintance = 'pretrained' | 'stranger' | 'untrained';

export function acquaintance(policy: RunConfig['policy'], taskId: string): Acquaintance {
  const seen: readonly string[] = policyTable[policy].pretrainedFor;
  if (seen.length === 0) return 'untrained';
  return seen.includes(taskId) ? 'pretrained' : 'stranger';
}

export function fieldNote(name: ConfigField, task: Task, typed: Typed): string | undefined {
  if (name === 'sftTarget') return choiceProblem(name, 'chain', task);
  if (name === 'lossType') return lossTable[typed.lossType as LossType].meaning;
  if (name !== 'policy') return undefined;
  const notes: Record<Acquaintance, string | undefined> = {
    pretrained: undefined,
    untrained: 'Starts from random weights: it has read nothing yet.',
    stranger:
      task.id === 'own'
        ? 'It has read other tasks’ texts, not yours: it may never get one of your prompts right.'
        : `It was not pretrained for ${task.title}: it may never get a prompt right.`,
  };
  return notes[acquaintance(typed.policy as RunConfig['policy'], task.id)];
}

/** The formula behind what is chosen, with its source; undefined where there is none. */
export function fieldFormula(name: ConfigField, typed: Typed): string | undefined {
  if (name !== 'lossType') return undefined;
  const { equation, source } = lossTable[typed.lossType as LossType];
  return `${equation} (${source})`;
}

export function choiceProblem(name: ConfigField, choice: string, task: Task): string | undefined {
  if (name !== 'sftTarget' || choice !== 'chain' || task.hasChains) return undefined;
  return task.id === 'own'
    ? 'Imitating chains needs a chain in every row of your table.'
    : `${task.title} has no worked chains to imitate, only answers.`;
}
