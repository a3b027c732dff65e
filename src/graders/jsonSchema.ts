/**
 * `json_schema`: 1 when the input is JSON that satisfies a schema, else 0; see schema.ts for which
 * keywords there are. The tokens of the shipped policies hold no double quotes, so they can write
 * numbers and words but no JSON texts; `record` therefore reads their notation, `{key:value,…}`,
 * as an object whose values are all texts.
 */
import { inputField } from './fields.ts';
import { defineKind } from './grader.ts';
import { compileSchema } from './schema.ts';

const MAX_SCHEMA = 4000;

/** A value, or null when the text has none: JSON's null is a value too, so it comes in a box. */
type Read = (text: string) => { value: unknown } | null;

function readJson(text: string): { value: unknown } | null {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return null; // not JSON, which is what is being graded
  }
}

/** `{a:1,b:x}` as `{"a": "1", "b": "x"}`; a key that comes twice makes it no record. */
function readRecord(text: string): { value: unknown } | null {
  const inside = /^\{([^{}]*)\}$/.exec(text)?.[1];
  const pairs = inside?.split(',').map((pair) => /^([^:]+):([^:]+)$/.exec(pair)) ?? [];
  const entries = pairs.flatMap((pair): [string, string][] => (pair ? [[pair[1]!, pair[2]!]] : []));
  const keys = new Set(entries.map(([key]) => key));
  if (pairs.length === 0 || keys.size !== pairs.length) return null;
  return { value: Object.fromEntries(entries) };
}

const readers: Record<'json' | 'record', Read> = { json: readJson, record: readRecord };

export const jsonSchema = defineKind({
  label: 'JSON schema',
  meaning: 'Pays when the text is JSON of the shape that a schema describes.',
  source: 'JSON Schema, draft 2020-12; the keywords of schema.ts.',
  nativeRange: [0, 1],
  fields: {
    input: inputField,
    schema: {
      kind: 'longText',
      label: 'Schema',
      meaning: 'A JSON schema without $ref; unknown keywords are refused.',
      default: '{"type": "integer"}',
      maxLength: MAX_SCHEMA,
    },
    syntax: {
      kind: 'choice',
      label: 'Syntax',
      meaning: 'How the text is read before it is checked.',
      default: 'json',
      choices: [
        { value: 'json', label: 'JSON' },
        { value: 'record', label: '{key:value,key:value}, every value a text' },
      ],
    },
  },
  problems: ({ schema }) => {
    const compiled = compileSchema(schema);
    return 'problem' in compiled ? [{ field: 'schema', message: compiled.problem }] : [];
  },
  prepare: ({ input, schema, syntax }) => {
    const compiled = compileSchema(schema);
    if ('problem' in compiled) throw new Error(`internal: ${compiled.problem}`);
    return (graded) => {
      const read = readers[syntax](graded[input]);
      return Number(read !== null && compiled.check(read.value));
    };
  },
});
