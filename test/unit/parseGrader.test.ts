/** From any JSON value to a checked spec: every problem at its field, defaults, and what is frozen. */
import { expect, test } from 'vitest';
import type { Part } from '../../src/graders/grader.ts';
import { parseGrader } from '../../src/graders/parseGrader.ts';

const problems: [input: unknown, field: string, message: RegExp][] = [
  [null, '', /set of settings/],
  [[], '', /set of settings/],
  [{}, 'kind', /Choose one of string_check/],
  [{ kind: 'constructor' }, 'kind', /Choose one of/],
  [{ kind: 'regex', name: 'a/b' }, 'name', /1 to 40/],
  [{ kind: 'regex', name: 'x'.repeat(41) }, 'name', /1 to 40/],
  [{ kind: 'regex', range: [1, 0] }, 'range', /lower first/],
  [{ kind: 'regex', range: [0, 101] }, 'range', /within ±100/],
  [{ kind: 'regex', flags: 'g' }, 'flags', /no such setting/],
  [JSON.parse('{"kind": "regex", "__proto__": {}}'), '__proto__', /no such setting/],
  [{ kind: 'regex', pattern: 'a'.repeat(401) }, 'pattern', /at most 400/],
  [{ kind: 'regex', pattern: '(a' }, 'pattern', /\) is missing/],
  [{ kind: 'regex', pattern: '(a)\\1' }, 'pattern', /linear time/],
  [{ kind: 'regex', pattern: '(?=a)' }, 'pattern', /lookaround/],
  [{ kind: 'string_check', operation: 'in' }, 'operation', /eq, ne, like, ilike, ieq/],
  [{ kind: 'string_check', operation: 'like', reference: ' ' }, 'reference', /blank/],
  [{ kind: 'string_check', reference: '{{item.x}}' }, 'reference', /no {{item.x}}/],
  [{ kind: 'text_similarity', reference: '' }, 'reference', /some text/],
  [{ kind: 'number_tolerance', reference: '2*3' }, 'reference', /a number/],
  [{ kind: 'number_tolerance', absolute: 2, zeroAt: 2 }, 'zeroAt', /above the tolerance 2/],
  [{ kind: 'number_tolerance', absolute: '1' }, 'absolute', /number from 0/],
  [{ kind: 'length_target', width: 0 }, 'width', /whole number from 1/],
  [{ kind: 'length_target', target: 1.5 }, 'target', /whole number/],
  [{ kind: 'overlong', cache: 20, max: 10 }, 'cache', /at most the limit, 10/],
  [{ kind: 'format', answerNeeded: 1 }, 'answerNeeded', /true or false/],
  [{ kind: 'combination' }, 'parts', /at least one/],
  [{ kind: 'combination', parts: {} }, 'parts', /at most 8/],
  [{ kind: 'combination', parts: [{}] }, 'parts.0', /its weight/],
  [
    { kind: 'combination', parts: [{ grader: { kind: 'regex', pattern: '*' }, weight: 1 }] },
    'parts.0.grader.pattern',
    /nothing before \*/,
  ],
  [
    { kind: 'combination', parts: [{ grader: { kind: 'format' }, weight: 0 }] },
    'parts.0.weight',
    /above 0/,
  ],
  [{ kind: 'json_schema', schema: ' '.repeat(4001) }, 'schema', /at most 4000/],
];

const titled = problems.map(
  ([input, ...rest]) => [JSON.stringify(input).slice(0, 70), input, ...rest] as const,
);

test.each(titled)('%s is refused', (_, input, field, message) => {
  expect(parseGrader(input)).toEqual({
    problems: [{ field, message: expect.stringMatching(message) as unknown }],
  });
});

test('all problems come back together', () => {
  const parsed = parseGrader({ kind: 'overlong', name: '', cache: 0, max: -1, x: 1 });
  const fields = 'problems' in parsed ? parsed.problems.map(({ field }) => field) : [];
  expect(fields).toEqual(['name', 'cache', 'max', 'x']);
});

test('a spec is whole and frozen all the way down', () => {
  const parsed = parseGrader({
    kind: 'combination',
    range: [-1, 1],
    parts: [{ grader: { kind: 'format' }, weight: 2 }],
  });
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  const { spec } = parsed;
  expect(spec).toEqual({
    kind: 'combination',
    name: 'combination',
    range: [-1, 1],
    how: 'mean',
    parts: [
      {
        grader: { kind: 'format', name: 'format', thinkingNeeded: false, answerNeeded: true },
        weight: 2,
      },
    ],
  });
  const [part] = spec['parts'] as readonly Part[];
  const inner = [spec, spec.range, spec['parts'], part, part!.grader];
  expect(inner.every((one) => Object.isFrozen(one))).toBe(true);
});

test('−0 is 0, as it would be after a trip as JSON', () => {
  const parsed = parseGrader({ kind: 'number_tolerance', absolute: -0, range: [-0, 1] });
  expect(parsed).toMatchObject({ spec: { absolute: 0, range: [0, 1] } });
});
