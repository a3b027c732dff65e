/**
 * The one table of every setting: kind, range, default, unit and a line of meaning, put together
 * from fields/. Form, documentation, links, command-line flags and validation are all drawn from it.
 * Names are TRL's (GRPOConfig) in camelCase wherever TRL has one.
 * It holds no logic; `config.ts` turns it into a checked RunConfig.
 */
import type { OwnRow } from '../tasks/task.ts';
import { advantageFields } from './fields/advantageFields.ts';
import { evaluationFields } from './fields/evaluationFields.ts';
import type {
  BooleanField,
  ChangesField,
  Field,
  HashField,
  NumbersField,
  RewardsField,
  RowsField,
} from './fields/kinds.ts';
import { lossFields } from './fields/lossFields.ts';
import { methodFields } from './fields/methodFields.ts';
import { optimiserFields } from './fields/optimiserFields.ts';
import { rewardFields } from './fields/rewardFields.ts';
import { samplingFields } from './fields/samplingFields.ts';
import { taskFields } from './fields/taskFields.ts';
import type { RecipeChange } from './changeable.ts';
import type { RewardSpec } from './rewardSpec.ts';

export type { OwnRow } from '../tasks/task.ts';
export type { Field, FieldGroup, Method } from './fields/kinds.ts';

export const configTable = {
  ...taskFields,
  ...rewardFields,
  ...methodFields,
  ...samplingFields,
  ...advantageFields,
  ...lossFields,
  ...optimiserFields,
  ...evaluationFields,
} as const satisfies Record<string, Field>;

export type ConfigField = keyof typeof configTable;

type ValueOf<F> = F extends { kind: 'choice'; choices: readonly { value: infer C }[] }
  ? C
  : F extends HashField
    ? string
    : F extends BooleanField
      ? boolean
      : F extends NumbersField
        ? readonly number[]
        : F extends RowsField
          ? readonly OwnRow[]
          : F extends RewardsField
            ? readonly RewardSpec[]
            : F extends ChangesField
              ? readonly RecipeChange[]
              : number;

/** Every setting of a run, checked and frozen; see `parseConfig`. */
export type RunConfig = { readonly [K in ConfigField]: ValueOf<(typeof configTable)[K]> };
