/**
 * JSON Schema as a table of keywords: about what OpenAI's Structured Outputs have, without `$ref`
 * and `format`, with `allOf`, `oneOf` and `not`. A schema comes from a stranger's link: it is
 * interpreted, never compiled to code; patterns go through our linear engine; a keyword that is
 * not in the table (`patternProperties`, too) is refused by name and never ignored in silence.
 * Without `$ref` no part of a schema is tried more than once on a part of the input, so the cost
 * is bounded by size of schema × size of input. Meanings are those of draft 2020-12 (Core,
 * section 10; Validation, section 6).
 */
import { compilePattern } from './patternMatcher.ts';

type Json = null | boolean | number | string | readonly Json[] | JsonObject;
interface JsonObject {
  readonly [key: string]: Json;
}

export type Check = (instance: unknown) => boolean;

/** What is wrong with a schema, in words for its author. */
class SchemaProblem extends Error {}

const MOST_DEPTH = 12;
const MOST_PATTERNS = 8;

/** Where we are in a schema, and what its patterns come to so far. */
interface Place {
  path: string;
  depth: number;
  schema: JsonObject;
  patterns: { count: number; cost: number };
}

type Keyword = (value: Json, place: Place) => Check;

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isNumber = (value: unknown): value is number => typeof value === 'number';
const isText = (value: unknown): value is string => typeof value === 'string';
const isList = (value: unknown): value is readonly Json[] => Array.isArray(value);

const types: Partial<Record<string, Check>> = {
  string: isText,
  number: isNumber,
  integer: (value) => Number.isInteger(value),
  boolean: (value) => typeof value === 'boolean',
  null: (value) => value === null,
  array: isList,
  object: isObject,
};

function refuse(place: Place, message: string): never {
  throw new SchemaProblem(`${place.path || 'The schema'}: ${message}`);
}

/** Equality of JSON values; as deep as the one from the schema. */
function equals(a: Json, b: unknown): boolean {
  if (Array.isArray(a))
    return isList(b) && a.length === b.length && a.every((item: Json, i) => equals(item, b[i]));
  if (!isObject(a)) return a === b;
  const keys = Object.keys(a);
  return (
    isObject(b) &&
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && equals(a[key]!, b[key]))
  );
}

/** A keyword whose value is a number and which says nothing about values of another type. */
function measure<T>(
  applies: (instance: unknown) => instance is T,
  test: (instance: T, limit: number) => boolean,
): Keyword {
  return (limit, place) => {
    if (!isNumber(limit)) refuse(place, 'give a number.');
    return (instance) => !applies(instance) || test(instance, limit);
  };
}

/** A list of schemas, of which the number that hold decides. */
function branches(test: (holding: number, all: number) => boolean): Keyword {
  return (value, place) => {
    if (!isList(value) || value.length === 0) refuse(place, 'give a list of schemas.');
    const checks = value.map((schema) => checkOf(schema, place));
    return (instance) => test(checks.filter((check) => check(instance)).length, checks.length);
  };
}

const annotation: Keyword = () => () => true;

function namesOf(value: Json, place: Place): readonly string[] {
  return isList(value) && value.every(isText) ? value : refuse(place, 'give a list of names.');
}

function typeNames(value: Json, place: Place): readonly string[] {
  const names = isText(value) ? [value] : namesOf(value, place);
  const wrong = names.find((name) => !Object.hasOwn(types, name));
  return wrong === undefined ? names : refuse(place, `${wrong} is not a type.`);
}

function patternCheck(value: Json, place: Place): Check {
  if (!isText(value)) refuse(place, 'give a text.');
  place.patterns.count += 1;
  if (place.patterns.count > MOST_PATTERNS)
    refuse(place, `at most ${MOST_PATTERNS} patterns are supported.`);
  const compiled = compilePattern(value);
  if ('problem' in compiled) return refuse(place, compiled.problem);
  place.patterns.cost += compiled.pattern.cost;
  return (instance) => !isText(instance) || compiled.pattern.isIn(instance);
}

function propertiesCheck(value: Json, place: Place): Check {
  if (!isObject(value)) refuse(place, 'give an object of schemas.');
  const checks = Object.entries(value).map(
    ([key, schema]) => [key, checkOf(schema, { ...place, path: `${place.path}.${key}` })] as const,
  );
  return (instance) =>
    !isObject(instance) ||
    checks.every(([key, check]) => !Object.hasOwn(instance, key) || check(instance[key]));
}

/** What is said about properties that `properties` beside it does not name. */
function additionalCheck(value: Json, place: Place): Check {
  const { properties = {} } = place.schema;
  const check = checkOf(value, place);
  return (instance) =>
    !isObject(instance) ||
    Object.entries(instance).every(
      ([key, item]) => (isObject(properties) && Object.hasOwn(properties, key)) || check(item),
    );
}

const keywords: Partial<Record<string, Keyword>> = {
  $schema: annotation,
  $comment: annotation,
  title: annotation,
  description: annotation,
  default: annotation,
  examples: annotation,
  type: (value, place) => {
    const checks = typeNames(value, place).map((name) => types[name]!);
    return (instance) => checks.some((check) => check(instance));
  },
  enum: (value, place) => {
    if (!isList(value)) refuse(place, 'give a list of values.');
    return (instance) => value.some((item) => equals(item, instance));
  },
  const: (value) => (instance) => equals(value, instance),
  minimum: measure(isNumber, (number, limit) => number >= limit),
  maximum: measure(isNumber, (number, limit) => number <= limit),
  exclusiveMinimum: measure(isNumber, (number, limit) => number > limit),
  exclusiveMaximum: measure(isNumber, (number, limit) => number < limit),
  multipleOf: measure(isNumber, (number, factor) => Number.isInteger(number / factor)),
  minLength: measure(isText, (text, limit) => Array.from(text).length >= limit),
  maxLength: measure(isText, (text, limit) => Array.from(text).length <= limit),
  pattern: patternCheck,
  minItems: measure(isList, ({ length }, limit) => length >= limit),
  maxItems: measure(isList, ({ length }, limit) => length <= limit),
  items: (value, place) => {
    const check = checkOf(value, place);
    return (instance) => !isList(instance) || instance.every(check);
  },
  minProperties: measure(isObject, (object, limit) => Object.keys(object).length >= limit),
  maxProperties: measure(isObject, (object, limit) => Object.keys(object).length <= limit),
  properties: propertiesCheck,
  additionalProperties: additionalCheck,
  required: (value, place) => {
    const names = namesOf(value, place);
    return (instance) =>
      !isObject(instance) || names.every((name) => Object.hasOwn(instance, name));
  },
  allOf: branches((holding, all) => holding === all),
  anyOf: branches((holding) => holding > 0),
  oneOf: branches((holding) => holding === 1),
  not: (value, place) => {
    const check = checkOf(value, place);
    return (instance) => !check(instance);
  },
};

/** What an instance has to pass for one schema: every keyword by itself. */
function checkOf(schema: Json, outer: Omit<Place, 'schema'>): Check {
  const place = { ...outer, depth: outer.depth + 1, schema: isObject(schema) ? schema : {} };
  if (place.depth > MOST_DEPTH) refuse(place, `nest at most ${MOST_DEPTH} schemas.`);
  if (typeof schema === 'boolean') return () => schema;
  if (!isObject(schema)) refuse(place, 'a schema is an object.');
  const checks = Object.entries(schema).map(([name, value]) => {
    const keyword = Object.hasOwn(keywords, name) ? keywords[name] : undefined;
    const at = { ...place, path: place.path === '' ? name : `${place.path}.${name}` };
    return keyword ? keyword(value, at) : refuse(at, 'this keyword is not supported.');
  });
  return (instance) => checks.every((check) => check(instance));
}

/**
 * A schema's text ready to check instances, with the cost of its patterns together (see Pattern);
 * or what is wrong with it.
 */
export function compileSchema(text: string): { check: Check; cost: number } | { problem: string } {
  const patterns = { count: 0, cost: 0 };
  try {
    const check = checkOf(JSON.parse(text) as Json, { path: '', depth: 0, patterns });
    return { check, cost: patterns.cost };
  } catch (error) {
    if (error instanceof SchemaProblem) return { problem: error.message };
    if (error instanceof SyntaxError) return { problem: `This is not JSON: ${error.message}` };
    throw error;
  }
}
