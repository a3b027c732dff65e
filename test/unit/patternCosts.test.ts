/** What patterns in rewards may cost together: whatever way they are written, a link cannot pass it. */
import { describe, expect, test } from 'vitest';
import { compilePattern } from '../../src/graders/patternMatcher.ts';
import { parseRewards } from '../../src/rft/rewardSpec.ts';

const regex = (name: string, pattern: string, ignoreCase = false) => ({
  ...{ kind: 'regex', name, pattern, ignoreCase },
});
const schema = (name: string, text: string) => ({ kind: 'json_schema', name, schema: text });
const both = (name: string, graders: object[]) => ({
  ...{ kind: 'combination', name, parts: graders.map((grader) => ({ grader, weight: 1 })) },
});

/** Few characters, many states. */
const dense = '(.{0,2}){110}z1';

const costs: [pattern: string, ignoreCase: boolean, cost: number][] = [
  ['abc', false, 3],
  ['abc', true, 3],
  ['[a-z0-9_]+', false, 3],
  ['(a|b|c)', false, 6],
  ['a{1,2}', false, 4],
  ['a{100}', false, 100],
  [dense, false, 662],
  [`[${'abcdefghij'.repeat(10)}]{10}`, false, 20],
  [`[${'abcdefghij'.repeat(10)}]{10}`, true, 80],
];

test.each(costs)('%s (ignoring case: %s) costs %i', (pattern, ignoreCase, cost) => {
  expect(compilePattern(pattern, ignoreCase)).toMatchObject({ pattern: { cost } });
});

describe('together they are refused, at the one that is too much', () => {
  const cases: Record<string, [rewards: object[], at: number, setting: string]> = {
    'short patterns of many states': [[regex('a', dense), regex('b', dense)], 1, 'pattern'],
    'inside a combination': [
      [both('c', [regex('a', 'abc'), regex('b', dense), regex('d', dense)])],
      ...([0, 'parts.2.grader.pattern'] as const),
    ],
    'a schema’s': [
      [schema('s', `{"pattern": "${dense}"}`), { ...regex('a', dense) }],
      ...([1, 'pattern'] as const),
    ],
    'a schema’s under a name written as an escape': [
      [regex('a', dense), schema('s', `{"\\u0070attern": "${dense}"}`)],
      ...([1, 'schema'] as const),
    ],
    'all of one schema': [
      [schema('s', `{"allOf": [{"pattern": "${dense}"}, {"pattern": "${dense}"}]}`)],
      ...([0, 'schema'] as const),
    ],
    'long classes': [
      [regex('a', `[${'abcdefghij'.repeat(36)}]{120}`, true), regex('b', 'a')],
      ...([0, 'pattern'] as const),
    ],
  };
  test.each(Object.entries(cases))('%s', (_, [rewards, at, setting]) => {
    const { problems } = parseRewards(rewards);
    expect(problems).toEqual([{ at, setting, message: expect.any(String) as string }]);
    expect(problems[0]!.message).toMatch(/at most 1000 .* with this one they have \d{4}/);
  });
});

test('what a person writes is far from it', () => {
  const many = Array.from({ length: 16 }, (_, i) => regex(`r${i}`, '^-?\\d{1,5}(\\.\\d+)?( .*)?$'));
  expect(parseRewards(many).problems).toEqual([]);
  const long = `{"description": "pattern", "enum": ["${'x'.repeat(3000)}"]}`;
  expect(parseRewards([schema('s', long)]).problems).toEqual([]);
});
