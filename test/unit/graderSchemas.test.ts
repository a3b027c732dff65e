/** The JSON schema checker: keywords on cases of the specification, and hostile schemas. */
import { describe, expect, test } from 'vitest';
import { compileSchema } from '../../src/graders/schema.ts';

type Case = [schema: unknown, right: unknown[], wrong: unknown[]];

const cases: Record<string, Case> = {
  'an empty schema takes anything': [{}, [1, null, {}, []], []],
  false: [false, [], [1, null, {}]],
  type: [{ type: 'integer' }, [1, 1.0, -3], [1.5, '1', null, true, [], {}]],
  types: [{ type: ['null', 'boolean'] }, [null, false], [0, '', [], {}]],
  'array is no object': [{ type: 'object' }, [{}], [[], null]],
  enum: [{ enum: [1, 'a', { x: [1] }] }, [1, 'a', { x: [1] }], [2, 'b', { x: [1, 2] }, {}]],
  const: [{ const: { a: 1, b: 2 } }, [{ b: 2, a: 1 }], [{ a: 1 }, { a: 1, b: 2, c: 3 }, null]],
  minimum: [{ minimum: 2 }, [2, 3, 'text'], [1.9]],
  maximum: [{ maximum: 2 }, [2, 'text'], [2.1]],
  exclusive: [{ exclusiveMinimum: 1, exclusiveMaximum: 3 }, [2, 1.1], [1, 3]],
  multipleOf: [{ multipleOf: 3 }, [0, 9, 'text'], [10]],
  'multiple of 0 is nothing': [{ multipleOf: 0 }, [], [1]],
  minLength: [{ minLength: 2 }, ['ab', '😀😀', 1], ['a', '😀']],
  maxLength: [{ maxLength: 1 }, ['', '😀'], ['ab']],
  'pattern searches': [{ pattern: 'b+' }, ['abc', 1], ['ac']],
  items: [{ items: { type: 'number' } }, [[], [1, 2], 'x'], [[1, 'a']]],
  minItems: [{ minItems: 1, maxItems: 2 }, [[1], [1, 2], {}], [[], [1, 2, 3]]],
  properties: [
    { properties: { a: { type: 'number' } } },
    [{}, { a: 1 }, { b: 'x' }, 1],
    [{ a: '' }],
  ],
  required: [{ required: ['a', 'toString'] }, [{ a: 1, toString: 1 }, 1], [{ a: 1 }, {}]],
  additionalProperties: [
    { properties: { a: {} }, additionalProperties: false },
    [{}, { a: 1 }, []],
    [{ a: 1, b: 2 }, { toString: 1 }],
  ],
  'additional properties of a type': [
    { properties: { a: {} }, additionalProperties: { type: 'number' } },
    [{ a: 'x', b: 2 }],
    [{ b: 'x' }],
  ],
  minProperties: [{ minProperties: 1, maxProperties: 1 }, [{ a: 1 }, []], [{}, { a: 1, b: 2 }]],
  allOf: [{ allOf: [{ minimum: 1 }, { maximum: 2 }] }, [1, 2], [0, 3]],
  anyOf: [{ anyOf: [{ maximum: 1 }, { minimum: 3 }] }, [0, 4], [2]],
  oneOf: [{ oneOf: [{ maximum: 3 }, { minimum: 2 }] }, [1, 4], [2, 3]],
  not: [{ not: { type: 'string' } }, [1], ['']],
  annotations: [{ title: 't', description: 'd', default: 1, $comment: 'c' }, ['x'], []],
};

describe.each(Object.entries(cases))('%s', (_, [schema, right, wrong]) => {
  test('holds as it should', () => {
    const compiled = compileSchema(JSON.stringify(schema));
    if ('problem' in compiled) throw new Error(compiled.problem);
    for (const one of right) expect(compiled.check(one), JSON.stringify(one)).toBe(true);
    for (const one of wrong) expect(compiled.check(one), JSON.stringify(one)).toBe(false);
  });
});

const nested = (depth: number): unknown => (depth === 0 ? {} : { not: nested(depth - 1) });

const refused: [schema: unknown, problem: RegExp][] = [
  [{ $ref: '#' }, /^\$ref: this keyword is not supported/],
  [{ $ref: 'https://example.org/s.json' }, /^\$ref: /],
  [{ patternProperties: { '(a+)+$': {} } }, /^patternProperties: /],
  [{ format: 'regex' }, /^format: /],
  [{ properties: { a: { items: { uniqueItems: true } } } }, /^properties\.a\.items\.uniqueItems: /],
  [{ constructor: 1 }, /^constructor: /],
  [{ pattern: '(a)\\1' }, /^pattern: .*linear time/],
  [{ pattern: '(a{1000}){1000}' }, /^pattern: .*too large/],
  [{ anyOf: Array.from({ length: 9 }, () => ({ pattern: 'a' })) }, /at most 8 patterns/],
  [nested(12), /nest at most 12/],
  [{ type: 'text' }, /text is not a type/],
  [{ type: 'constructor' }, /not a type/],
  [{ required: 'a' }, /list of names/],
  [{ minimum: '1' }, /give a number/],
  [{ anyOf: [] }, /list of schemas/],
  [{ items: 5 }, /a schema is an object/],
  [{ properties: [] }, /object of schemas/],
  [7, /^The schema: a schema is an object/],
];

test.each(refused)('%j is refused', (schema, problem) => {
  expect(compileSchema(JSON.stringify(schema))).toEqual({
    problem: expect.stringMatching(problem) as unknown,
  });
});

test.each(['', '{', 'undefined', '['.repeat(4000)])('%s is not JSON', (text) => {
  expect(compileSchema(text)).toEqual({ problem: expect.stringMatching(/not JSON/) as unknown });
});

test('the largest schema comes to its end, whatever it is given', () => {
  const branch = { items: { maximum: 0 } };
  let schema: object = { anyOf: [branch] };
  while (JSON.stringify(schema).length < 3900)
    schema = { anyOf: [...(schema as { anyOf: object[] }).anyOf, branch] };
  const compiled = compileSchema(JSON.stringify(schema));
  if ('problem' in compiled) throw new Error(compiled.problem);
  expect(compiled.check(JSON.parse(`${'['.repeat(300)}1${']'.repeat(300)}`))).toBe(true);
});
