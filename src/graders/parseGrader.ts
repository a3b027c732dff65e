/**
 * From any JSON value (a form, a link) to a checked, frozen spec with its defaults filled in, or
 * every problem there is, each at its field. Every rule comes from the table of kinds. It never
 * throws on JSON values and goes no deeper than combinations may be nested.
 */
import { graderKinds } from './graderKinds.ts';
import {
  graderKindNames,
  type Field,
  type FieldValue,
  type GraderKindName,
  type GraderSpec,
  type Part,
  type Problem,
  type Range,
} from './grader.ts';
import { crossProblems } from './prepareGrader.ts';

export type ParsedGrader = { spec: GraderSpec } | { problems: readonly Problem[] };

/** How many combinations may stand inside each other. */
export const MOST_NESTING = 2;
const NAME = /^[\w-]{1,40}$/;
const LARGEST_RANGE = 100;
const LARGEST_WEIGHT = 100;

type Read<T> = { value: T } | { problems: readonly Problem[] };

type FieldOf<K extends Field['kind']> = Extract<Field, { kind: K }>;

/** Reads a value as a field asks; `nesting` is the number of combinations it is inside of. */
type Reader<F extends Field> = (value: unknown, field: F, nesting: number) => Read<FieldValue>;

const problem = (message: string, field = ''): { problems: readonly Problem[] } => ({
  problems: [{ field, message }],
});

/** The same problems, seen from one level further out. */
const within = (outer: string | number, problems: readonly Problem[]): Problem[] =>
  problems.map(({ field, message }) => ({
    field: field === '' ? String(outer) : `${outer}.${field}`,
    message,
  }));

const isFinite = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value);

function entriesOf(value: unknown): Map<string, unknown> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? new Map(Object.entries(value))
    : null;
}

const readText: Reader<FieldOf<'text' | 'longText'>> = (value, { maxLength }) =>
  typeof value === 'string' && value.length <= maxLength
    ? { value }
    : problem(`Give a text of at most ${maxLength} characters.`);

const readNumber: Reader<FieldOf<'number'>> = (value, { min, max, whole = false }) =>
  isFinite(value) && value >= min && value <= max && (!whole || Number.isInteger(value))
    ? { value: value + 0 } // −0 becomes 0, which is all that JSON can hold
    : problem(`Give a ${whole ? 'whole ' : ''}number from ${min} to ${max}.`);

const readChoice: Reader<FieldOf<'choice'>> = (value, { choices }) => {
  const chosen = choices.find((choice) => choice.value === value);
  return chosen ?? problem(`Choose one of ${choices.map((choice) => choice.value).join(', ')}.`);
};

const readBoolean: Reader<FieldOf<'boolean'>> = (value) =>
  typeof value === 'boolean' ? { value } : problem('Give true or false.');

function readPart(value: unknown, nesting: number): Read<Part> {
  const given = entriesOf(value);
  if (given?.size !== 2 || !given.has('grader') || !given.has('weight'))
    return problem('A part is a grader and its weight.');
  const weight = given.get('weight');
  const inner = readGrader(given.get('grader'), nesting);
  const problems = 'problems' in inner ? within('grader', inner.problems) : [];
  const weightIsRight = isFinite(weight) && weight > 0 && weight <= LARGEST_WEIGHT;
  if ('spec' in inner && weightIsRight)
    return { value: Object.freeze({ grader: inner.spec, weight }) };
  const message = `Give a number above 0 and at most ${LARGEST_WEIGHT}.`;
  return { problems: weightIsRight ? problems : [...problems, { field: 'weight', message }] };
}

const readParts: Reader<FieldOf<'parts'>> = (value, { maxParts }, nesting) => {
  if (!Array.isArray(value) || value.length > maxParts)
    return problem(`Give a list of at most ${maxParts} graders.`);
  const parts = value.map((one) => readPart(one, nesting + 1));
  const problems = parts.flatMap((part, i) => ('problems' in part ? within(i, part.problems) : []));
  if (problems.length > 0) return { problems };
  return { value: Object.freeze(parts.flatMap((part) => ('value' in part ? [part.value] : []))) };
};

const readers: { [K in Field['kind']]: Reader<FieldOf<K>> } = {
  text: readText,
  longText: readText,
  number: readNumber,
  choice: readChoice,
  boolean: readBoolean,
  parts: readParts,
};

function readField(value: unknown, field: Field, nesting: number): Read<FieldValue> {
  const read = readers[field.kind] as Reader<Field>;
  return read(value === undefined ? field.default : value, field, nesting);
}

function readName(value: unknown): Read<string> {
  return typeof value === 'string' && NAME.test(value)
    ? { value }
    : problem('Give a name of 1 to 40 letters (a to z), digits, _ or -.');
}

function readRange(value: unknown): Read<Range> {
  const isRight =
    Array.isArray(value) &&
    value.length === 2 &&
    value.every((end) => isFinite(end) && Math.abs(end) <= LARGEST_RANGE) &&
    value[0] < value[1];
  if (!isRight) return problem(`Give two numbers, the lower first, within ±${LARGEST_RANGE}.`);
  const [min, max] = value as [number, number];
  return { value: Object.freeze([min + 0, max + 0] as const) };
}

const isKindName = (value: unknown): value is GraderKindName =>
  graderKindNames.some((name) => name === value);

/** Every key a spec of this kind may have, with its reading; a name left out is the kind's. */
function readAll(
  kind: GraderKindName,
  given: ReadonlyMap<string, unknown>,
  nesting: number,
): Map<string, Read<FieldValue | Range>> {
  const name = given.get('name');
  const range = given.get('range');
  return new Map<string, Read<FieldValue | Range>>([
    ['kind', { value: kind }],
    ['name', readName(name === undefined ? kind : name)],
    ...(range === undefined ? [] : [['range', readRange(range)] as const]),
    ...Object.entries(graderKinds[kind].fields).map(
      ([field, how]) => [field, readField(given.get(field), how, nesting)] as const,
    ),
  ]);
}

function readGrader(input: unknown, nesting: number): ParsedGrader {
  const given = entriesOf(input);
  if (!given) return problem('A grader is a set of settings.');
  const kind = given.get('kind');
  if (!isKindName(kind)) return problem(`Choose one of ${graderKindNames.join(', ')}.`, 'kind');
  if (kind === 'combination' && nesting >= MOST_NESTING)
    return problem(`Nest at most ${MOST_NESTING} combinations.`, 'kind');
  const read = readAll(kind, given, nesting);
  const unknown = [...given.keys()].filter((key) => !read.has(key) && key !== 'range');
  const problems = [
    ...[...read].flatMap(([key, one]) => ('problems' in one ? within(key, one.problems) : [])),
    ...unknown.map((field) => ({ field, message: `A ${kind} grader has no such setting.` })),
  ];
  if (problems.length > 0) return { problems };
  const values = [...read].flatMap(([key, one]) => ('value' in one ? [[key, one.value]] : []));
  const spec = Object.freeze(Object.fromEntries(values)) as GraderSpec;
  const crossed = crossProblems(spec);
  return crossed.length === 0 ? { spec } : { problems: crossed };
}

/** Checks a grader from anywhere; reports every problem there is. */
export function parseGrader(input: unknown): ParsedGrader {
  return readGrader(input, 0);
}
