/**
 * What a setting can be: the kinds of fields that the config table is made of, and their builders.
 * Types and nothing else; config.ts says what each kind accepts.
 */
import type { OwnRow } from '../../tasks/task.ts';
import type { RecipeChange } from '../changeable.ts';
import type { RewardSpec } from '../rewardSpec.ts';

export type FieldGroup = 'task' | 'reward' | 'sampling' | 'method' | 'optimiser' | 'evaluation';

/** How a policy is fine-tuned; see methods.ts. */
export type Method = 'rft' | 'sft' | 'rejection';

/** Another field's value that gives this one a meaning. */
export interface Condition {
  field: string;
  /** The other field is one of these (numbers: above this). */
  oneOf?: readonly (string | boolean)[];
  above?: number;
}

interface FieldBase {
  label: string;
  group: FieldGroup;
  /** One line: what it does, in words a newcomer understands. */
  meaning: string;
  unit?: string;
  /** Shown only under "everything else". */
  advanced?: boolean;
  /** Methods that look at it; all when left out. */
  methods?: readonly Method[];
  /** It has no say, and is not shown, unless this holds. */
  when?: Condition;
  /** It may be changed while a run goes; see recipeChange.ts. */
  changeable?: boolean;
}

export interface NumberField extends FieldBase {
  kind: 'integer' | 'number';
  default: number;
  min: number;
  max: number;
  /** True when `min` itself is not allowed. */
  aboveMin?: boolean;
}

export interface ChoiceField<C extends string = string> extends FieldBase {
  kind: 'choice';
  default: C;
  choices: readonly { value: C; label: string }[];
}

export interface BooleanField extends FieldBase {
  kind: 'boolean';
  default: boolean;
}

/** A list of numbers, one per reward function of the run; empty means their own weights. */
export interface NumbersField extends FieldBase {
  kind: 'numbers';
  default: readonly number[];
  min: number;
  max: number;
  maxLength: number;
}

/** The user's own data: rows of a prompt, its answer and, where there is one, a worked chain. */
export interface RowsField extends FieldBase {
  kind: 'rows';
  default: readonly OwnRow[];
  maxRows: number;
  /** Longest text of a cell, in characters. */
  maxCharacters: number;
}

/** A SHA-256 in hex, or nothing. */
export interface HashField extends FieldBase {
  kind: 'hash';
  default: string;
}

/** Reward functions; empty means the task's own. */
export interface RewardsField extends FieldBase {
  kind: 'rewards';
  default: readonly RewardSpec[];
  maxLength: number;
}

/** Changes of the recipe at given steps, in the order of their steps. */
export interface ChangesField extends FieldBase {
  kind: 'changes';
  default: readonly RecipeChange[];
  maxLength: number;
}

export type Field =
  | NumberField
  | ChoiceField
  | BooleanField
  | NumbersField
  | RowsField
  | HashField
  | RewardsField
  | ChangesField;

export const choice = <const C extends string>(
  field: Omit<ChoiceField<C>, 'kind'>,
): ChoiceField<C> => ({ kind: 'choice', ...field });
export const integer = (field: Omit<NumberField, 'kind'>): NumberField => ({
  kind: 'integer',
  ...field,
});
export const number = (field: Omit<NumberField, 'kind'>): NumberField => ({
  kind: 'number',
  ...field,
});
export const boolean = (field: Omit<BooleanField, 'kind'>): BooleanField => ({
  kind: 'boolean',
  ...field,
});

export const sampled: readonly Method[] = ['rft', 'rejection'];
export const rftOnly: readonly Method[] = ['rft'];
