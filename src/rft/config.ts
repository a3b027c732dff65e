/**
 * From anything (a form, a link, command-line flags) to a checked, frozen RunConfig. Every rule
 * comes from `configTable`, but for those that look at two fields at once, which are in
 * crossChecks.ts. A mistake is data: all problems come back together, each at its field. There is
 * no half-read config: either it is whole and valid, or it is null. Free of tfjs and of the DOM.
 */
import * as v from 'valibot';
import { configTable, type ConfigField, type RunConfig } from './configTable.ts';
import { crossChecks } from './crossChecks.ts';
import { fieldNames, fieldSchemas } from './fieldSchemas.ts';
import type { RecipeChange } from './changeable.ts';
import { configAt } from './recipeChange.ts';

export { fieldNames } from './fieldSchemas.ts';

export interface Problem {
  /** The field's name; '' when the input as a whole is wrong. */
  field: string;
  /** A sentence that says what would be right. */
  message: string;
}

export type ParsedConfig =
  { config: RunConfig; problems: readonly [] } | { config: null; problems: readonly Problem[] };

function freeze(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.values(value).forEach(freeze);
  return Object.freeze(value);
}

/** What two settings say about each other, at the start and after every change. */
function crossProblems(config: RunConfig): Problem[] {
  const valid = (name: ConfigField): boolean => Object.hasOwn(config, name);
  const at = (one: RunConfig): Problem[] =>
    crossChecks.flatMap(({ field, reads, message: check }) => {
      const message = reads.every(valid) ? check(one) : null;
      return message === null ? [] : [{ field, message }];
    });
  const changes: readonly RecipeChange[] = valid('changes') ? config.changes : [];
  const later = changes.flatMap(({ step }) =>
    at(configAt(config, step)).map(({ message }) => ({
      field: 'changes',
      message: `From step ${step} on: ${message}`,
    })),
  );
  return [...at(config), ...later.slice(0, 1)];
}

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
  for (const problem of crossProblems(config)) {
    if (!problems.some(({ field }) => field === problem.field)) problems.push(problem);
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
