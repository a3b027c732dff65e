/**
 * From anything (a form, a link, command-line flags) to a checked, frozen RunConfig. Every rule
 * comes from `configTable`, but for the few that look at two fields at once, which are in
 * `crossChecks`. A mistake is data: all problems come back together, each at its field. There is
 * no half-read config: either it is whole and valid, or it is null. Free of tfjs and of the DOM.
 */
import * as v from 'valibot';
import { configTable, type ConfigField, type Field, type RunConfig } from './configTable.ts';

export interface Problem {
  /** The field's name; '' when the input as a whole is wrong. */
  field: string;
  /** A sentence that says what would be right. */
  message: string;
}

export type ParsedConfig =
  { config: RunConfig; problems: readonly [] } | { config: null; problems: readonly Problem[] };

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
};

const fieldSchemas = new Map(
  fieldNames.map((name) => {
    const field: Field = configTable[name];
    const schema = schemas[field.kind] as (field: Field) => v.GenericSchema;
    return [name, schema(field)];
  }),
);

/** The multiples of `step` just below and above `value` that the field's range allows. */
function nearestMultiples(value: number, step: number): number[] {
  const { min, max } = configTable.generationBatchSize;
  const below = Math.floor(value / step) * step;
  return [below, below + step].filter((multiple) => multiple >= min && multiple <= max);
}

interface CrossCheck {
  /** Where the problem is shown. */
  field: ConfigField;
  /** The check waits until all of these are valid by themselves. */
  reads: readonly ConfigField[];
  message: (config: RunConfig) => string | null;
}

const crossChecks: readonly CrossCheck[] = [
  {
    field: 'generationBatchSize',
    reads: ['generationBatchSize', 'numGenerations', 'method'],
    message({ generationBatchSize: size, numGenerations: group, method }) {
      if (method === 'sft' || size % group === 0) return null;
      return `${size} is not a multiple of ${group}: try ${nearestMultiples(size, group).join(' or ')}.`;
    },
  },
  {
    field: 'rewardWeights',
    reads: ['rewardWeights'],
    message({ rewardWeights: weights }) {
      const allZero = weights.length > 0 && weights.every((weight) => weight === 0);
      return allZero ? 'At least one weight must differ from 0.' : null;
    },
  },
];

const freeze = (value: unknown): unknown =>
  Array.isArray(value) ? Object.freeze(value.map(freeze)) : value;

/**
 * Checks `input` and fills in the defaults of absent (or undefined) fields. Never throws on JSON
 * values; reports every problem there is, at most one a field.
 */
export function parseConfig(input: unknown): ParsedConfig {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    return { config: null, problems: [{ field: '', message: 'A recipe is a set of settings.' }] };
  }
  const given = new Map<string, unknown>(Object.entries(input));
  const problems: Problem[] = [];
  const values: [ConfigField, unknown][] = [];
  for (const [name, schema] of fieldSchemas) {
    const value = given.get(name);
    const result = v.safeParse(schema, value === undefined ? configTable[name].default : value);
    if (result.success) values.push([name, freeze(result.output)]);
    else problems.push({ field: name, message: result.issues[0].message });
    given.delete(name);
  }
  for (const field of given.keys()) {
    problems.push({ field, message: 'There is no setting of this name.' });
  }
  const config = Object.freeze(Object.fromEntries(values)) as unknown as RunConfig;
  for (const { field, reads, message } of crossChecks) {
    const problem = reads.every((name) => Object.hasOwn(config, name)) ? message(config) : null;
    if (problem !== null) problems.push({ field, message: problem });
  }
  return problems.length === 0 ? { config, problems: [] } : { config: null, problems };
}

function requireDefaults(): RunConfig {
  const { config, problems } = parseConfig({});
  if (!config) throw new Error(`internal: bad defaults: ${JSON.stringify(problems)}`);
  return config;
}

/** The table's defaults, frozen. */
export const defaultConfig: RunConfig = requireDefaults();

/** The fields that differ from the defaults, in the table's order. */
export function changedFields(config: RunConfig): Partial<RunConfig> {
  const changed = fieldNames.filter(
    (name) => JSON.stringify(config[name]) !== JSON.stringify(defaultConfig[name]),
  );
  return Object.fromEntries(changed.map((name) => [name, config[name]]));
}
