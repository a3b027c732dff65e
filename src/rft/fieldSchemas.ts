/**
 * What every field of the config table accepts, by the kind of field, as valibot schemas. Each has
 * one message, which says what would be right.
 */
import * as v from 'valibot';
import { configTable, type ConfigField, type Field } from './configTable.ts';
import { changeableFields } from './changeable.ts';
import { parseRewards, type RewardProblem } from './rewardSpec.ts';

type FieldOf<K extends Field['kind']> = Extract<Field, { kind: K }>;

/** Every field's name, in the order of the table. */
export const fieldNames = Object.keys(configTable) as readonly ConfigField[];

function rangeText(field: { min: number; max: number; aboveMin?: boolean }): string {
  const { min, max, aboveMin = false } = field;
  return aboveMin ? `above ${min} and at most ${max}` : `from ${min} to ${max}`;
}

/** −0 becomes 0, which is all that JSON can hold. */
const plainZero = v.transform((value: number) => value + 0);

function numberSchema(field: FieldOf<'integer' | 'number'>) {
  const whole = field.kind === 'integer';
  const message = `Give a ${whole ? 'whole ' : ''}number ${rangeText(field)}.`;
  return v.pipe(
    v.number(message),
    v.check((value) => !whole || Number.isInteger(value), message),
    v.check((value) => (field.aboveMin ? value > field.min : value >= field.min), message),
    v.maxValue(field.max, message),
    plainZero,
  );
}

const schemaOf = (name: ConfigField): v.GenericSchema => {
  const schema = fieldSchemas.get(name);
  if (!schema) throw new Error(`internal: no schema of ${name}`);
  return schema;
};

/** What a field accepts, by kind; each schema has a single message, which says what is right. */
const schemas: { [K in Field['kind']]: (field: FieldOf<K>) => v.GenericSchema } = {
  integer: numberSchema,
  number: numberSchema,
  boolean: () => v.boolean('Give true or false.'),
  choice: (field) => {
    const values = field.choices.map(({ value }) => value);
    return v.picklist(values, `Choose one of ${values.join(', ')}.`);
  },
  numbers: (field) => {
    const message = `Give a list of at most ${field.maxLength} numbers ${rangeText(field)}.`;
    const item = v.pipe(
      v.number(message),
      v.minValue(field.min, message),
      v.maxValue(field.max, message),
      plainZero,
    );
    return v.pipe(v.array(item, message), v.maxLength(field.maxLength, message));
  },
  rows: ({ maxRows, maxCharacters }) => {
    const message =
      `Give at most ${maxRows} rows of a prompt, an answer and, if there is one, a chain, ` +
      `each of at most ${maxCharacters} characters.`;
    const cell = v.pipe(v.string(message), v.maxLength(maxCharacters, message));
    const row = v.pipe(
      v.array(cell, message),
      v.check(({ length }) => length === 2 || length === 3, message),
    );
    return v.pipe(v.array(row, message), v.maxLength(maxRows, message));
  },
  hash: () => {
    const message = 'Give 64 hex digits, or nothing.';
    return v.pipe(v.string(message), v.regex(/^([0-9a-f]{64})?$/, message));
  },
  rewards: ({ maxLength }) =>
    v.pipe(
      v.array(v.unknown(), 'Rewards are a list of reward functions.'),
      v.maxLength(maxLength, `At most ${maxLength} rewards can be combined.`),
      v.rawTransform(({ dataset, addIssue, NEVER }) => {
        const { specs, problems } = parseRewards(dataset.value);
        if (specs !== null) return specs;
        addIssue({ message: problems.map(rewardProblemText).join(' ') });
        return NEVER;
      }),
    ),
  changes: ({ maxLength }) => {
    const message = `Changes are at most ${maxLength} sets of settings in the order of their steps.`;
    const optional = changeableFields.map((name) => [
      name,
      v.optional(v.lazy(() => schemaOf(name))),
    ]);
    const { min, max } = configTable.maxSteps;
    const step = v.pipe(
      v.number(message),
      v.integer(message),
      v.minValue(min, message),
      v.maxValue(max, message),
    );
    const change = v.strictObject({ step, ...Object.fromEntries(optional) }, message);
    return v.pipe(
      v.array(change, message),
      v.maxLength(maxLength, message),
      v.check(
        (list) => list.every(({ step: at }, i) => i === 0 || at > list[i - 1]!.step),
        message,
      ),
    );
  },
};

function rewardProblemText({ at, setting, message }: RewardProblem): string {
  return `Reward ${at + 1}${setting === '' ? '' : `, ${setting}`}: ${message}`;
}

/** By the field's name, in the order of the table. */
export const fieldSchemas = new Map<ConfigField, v.GenericSchema>(
  fieldNames.map((name) => {
    const field: Field = configTable[name];
    const schema = schemas[field.kind] as (field: Field) => v.GenericSchema;
    return [name, schema(field)];
  }),
);
