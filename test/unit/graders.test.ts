/** Every kind of grader on cases worked out by hand, among them the known ways to be paid by accident. */
import { describe, expect, test } from 'vitest';
import type { Graded } from '../../src/graders/grader.ts';
import { graderKinds } from '../../src/graders/graderKinds.ts';
import { parseGrader } from '../../src/graders/parseGrader.ts';
import { gradedRange, prepareGrader } from '../../src/graders/prepareGrader.ts';
import { tasks } from '../../src/tasks/index.ts';
import { graded, scoreOf } from './gradedCases.ts';
import { lcgDraw } from './lcgDraw.ts';

type Case = [settings: Record<string, unknown>, given: Partial<Graded>, score: number | null];

const cases: Record<string, Case[]> = {
  string_check: [
    [{}, { answer: '13' }, 1],
    [{}, { answer: '13 ' }, 0],
    [{}, { answer: '' }, 0],
    [{ operation: 'ne' }, { answer: '13' }, 0],
    [{ operation: 'ne' }, { answer: '12' }, 1],
    // like: the input contains the reference, not the other way round.
    [{ operation: 'like' }, { answer: 'it is 13.' }, 1],
    [{ operation: 'like' }, { answer: '1' }, 0],
    [{ operation: 'like', reference: 'Ab' }, { answer: 'xab' }, 0],
    [{ operation: 'ilike', reference: 'Ab' }, { answer: 'xaB' }, 1],
    [{ operation: 'ieq', reference: 'Ab' }, { answer: 'aB' }, 1],
    [{ operation: 'ieq', reference: 'Ab' }, { answer: 'xaB' }, 0],
    // An empty answer is contained in everything, and everything contains an empty reference.
    [{ operation: 'like' }, { answer: '' }, 0],
    [{ operation: 'ilike' }, { answer: '' }, 0],
    [{ operation: 'like' }, { answer: '', reference: '' }, null],
    [{ operation: 'ilike' }, { answer: 'x y', reference: ' ' }, null],
    [{ input: 'thinking', reference: '' }, { thinking: '' }, 1],
    [{ input: 'completion', operation: 'like' }, { completion: '<>13' }, 1],
    [{ reference: '{{prompt}}={{ answer }}' }, { prompt: 'A|', answer: 'A|=13' }, 1],
    // What is filled in is plain text: neither a template nor a replacement pattern.
    [{}, { reference: '{{prompt}}', answer: '{{prompt}}' }, 1],
    [{}, { reference: "$&$'$1", answer: "$&$'$1" }, 1],
  ],
  text_similarity: [
    // rapidfuzz: fuzz.ratio('this is a test', 'this is a test!') is 96.55.
    [{}, { answer: 'this is a test', reference: 'this is a test!' }, 28 / 29],
    [{}, { answer: 'fuzzy wuzzy was a bear', reference: 'wuzzy fuzzy was a bear' }, 40 / 44],
    [{}, { answer: '13' }, 1],
    [{}, { answer: '' }, 0],
    [{}, { answer: '', reference: ' ' }, null],
    ...Object.entries({ rouge_1: 12 / 17, rouge_2: 4 / 15, rouge_3: 2 / 13, rouge_l: 10 / 17 }).map(
      // The example of Google's rouge_score: rouge1 is 0.7059 and rougeL 0.5882.
      ([metric, score]): Case => [
        { evaluation_metric: metric },
        {
          answer: 'The quick brown dog jumps on the log.',
          reference: 'The quick brown fox jumps over the lazy dog',
        },
        score,
      ],
    ),
    // A word repeated counts as often as the reference has it.
    [{ evaluation_metric: 'rouge_1' }, { answer: 'a a a', reference: 'a b' }, 2 / 5],
    [{ evaluation_metric: 'rouge_2' }, { answer: 'one', reference: 'one' }, 0],
    [{ evaluation_metric: 'rouge_1' }, { answer: '{c:dui,l:F}', reference: '{c:dui,l:M}' }, 3 / 4],
    [{ evaluation_metric: 'rouge_l' }, { answer: '...', reference: '...' }, 0],
  ],
  number_tolerance: [
    [{}, { answer: '13' }, 1],
    [{}, { answer: '13.0' }, 1],
    [{}, { answer: '1.3e1' }, 1],
    [{}, { answer: '13.0000001' }, 0],
    [{ absolute: 0.1 }, { answer: '1.1', reference: '1' }, 1],
    [{ absolute: 0.1 }, { answer: '1.11', reference: '1' }, 0],
    [{ relative: 0.1 }, { answer: '90', reference: '100' }, 1],
    [{ relative: 0.1 }, { answer: '-90', reference: '-100' }, 1],
    [{ relative: 0.1 }, { answer: '89', reference: '100' }, 0],
    [{ absolute: 1, zeroAt: 5 }, { answer: '16' }, 1 / 2],
    [{ absolute: 1, zeroAt: 5 }, { answer: '18' }, 0],
    [{ absolute: 1, zeroAt: 5 }, { answer: '11' }, 3 / 4],
    [{ relative: 1, zeroAt: 5 }, { answer: '27' }, 0],
    [{ reference: '-2.5' }, { answer: '-2.5' }, 1],
    ...[
      '',
      ' 13',
      '13\n',
      '12+1',
      '0xD',
      '1_3',
      '1,3',
      '١٣',
      'Infinity',
      '1e999',
      '13.',
      '--13',
    ].map((answer): Case => [{ absolute: 1e6 }, { answer }, 0]),
    // Exact at tolerance 0 up to the last digit.
    [{}, { answer: '1000000000000001', reference: '1000000000000002' }, 0],
    [{ absolute: 1e6, zeroAt: 0 }, { answer: '1e308', reference: '-1e308' }, 0],
    [{}, { answer: '13', reference: 'thirteen' }, null],
  ],
  regex: [
    [{}, { answer: '13' }, 1],
    [{}, { answer: '13x' }, 0],
    [{}, { answer: '' }, 0],
    [{ mode: 'search' }, { answer: 'x13x' }, 1],
    [{ pattern: 'b|ab', mode: 'full' }, { answer: 'ab' }, 1],
    [{ pattern: '[a-c]+', ignoreCase: true }, { answer: 'aBC' }, 1],
    [{ pattern: '\\{c:(dui|theft),y:\\d{2}\\}' }, { answer: '{c:dui,y:06}' }, 1],
    [{ pattern: '^3|5$', mode: 'search' }, { answer: '15' }, 1],
  ],
  json_schema: [
    [{}, { answer: '13' }, 1],
    [{}, { answer: '1.5' }, 0],
    [{}, { answer: '' }, 0],
    [{}, { answer: '13 14' }, 0],
    [{ schema: '{"const": null}' }, { answer: 'null' }, 1],
    [{ schema: '{}' }, { answer: 'nul' }, 0],
    [{ schema: '{}', syntax: 'record' }, { answer: '{c:dui,l:F}' }, 1],
    [{ schema: '{}', syntax: 'record' }, { answer: '{c:dui,c:F}' }, 0],
    [{ schema: '{}', syntax: 'record' }, { answer: '{}' }, 0],
    [{ schema: '{}', syntax: 'record' }, { answer: '{c:dui},' }, 0],
    [
      { schema: '{"properties": {"y": {"pattern": "^2\\\\d$"}}}', syntax: 'record' },
      { answer: '{y:22}' },
      1,
    ],
  ],
  format: [
    [{}, { completion: '<7+6=13>13' }, 1],
    [{}, { completion: '<>13' }, 1],
    [{}, { completion: '<7+6=13>13', ended: false }, 0],
    [{}, { completion: '<7+6=13>' }, 0],
    [{ answerNeeded: false }, { completion: '<>' }, 1],
    [{ thinkingNeeded: true }, { completion: '<>13' }, 0],
    ...['13', '<13', '>13', 'x<>13', '<<>13', '<>13>', '<>1<3', ''].map((completion): Case => [
      { answerNeeded: false },
      { completion },
      0,
    ]),
  ],
  process: [
    // The formats of the tasks: calculator chain, Countdown, program synthesis, adjudication.
    [{}, { thinking: '7+4=11,11+2=13,13-3=10,10*6=60' }, 1],
    [{}, { thinking: '3+10=13+1=14' }, 1],
    [{}, { thinking: '21-13=8,8*4=32,13-32=-19' }, 1],
    [{}, { thinking: '26-06=20' }, 1],
    [{}, { thinking: '7+4=11,11+2=14' }, 1 / 2],
    [{ mode: 'all' }, { thinking: '7+4=11,11+2=14' }, 0],
    [{}, { thinking: '3+10=12+1=13' }, 1 / 2],
    [{}, { thinking: '3+10=13+1=15' }, 1 / 2],
    [{}, { thinking: '3+10=9+4' }, 1],
    [{}, { thinking: '2+2=1+3=4' }, 1 / 2],
    // At the end nothing follows that could make 13+5 a running total.
    [{}, { thinking: '3+10=13+5' }, 0],
    [{}, { thinking: '2+3*4=20' }, 1],
    [{ order: 'precedence' }, { thinking: '2+3*4=14' }, 1],
    [{ order: 'precedence' }, { thinking: '2*3-8/4+1=5' }, 1],
    [{ order: 'precedence' }, { thinking: '2+3*4=20' }, 0],
    [{}, { thinking: 'so 7 and 4,\n 7 + 4 = 11 ; done' }, 1],
    [{}, { thinking: '5--3=8,-5+3=-2' }, 1],
    [{}, { thinking: '8/2=4' }, 1],
    [{}, { thinking: '' }, 0],
    [{}, { thinking: 'no sum at all' }, 0],
    // No eval: powers, whole-number division, brackets, fractions and such are no sums.
    ...['2**3=8', '7//2=3', '(1+1)=2', '7/2=3.5', '5/0=0', '1e1+1=11', '0x1+1=2', '11=11'].map(
      (thinking): Case => [{}, { thinking }, 0],
    ),
    ...[
      '=11',
      '7+4=',
      '7+=7',
      '1+1==2',
      'a+b=c',
      '9007199254740992+1=9007199254740992',
      '7/2*2=7',
    ].map((thinking): Case => [{}, { thinking }, 0]),
    // 9007199254740993 has no exact double; the nearest would make this a right sum.
    [{}, { thinking: '9007199254740993-2=9007199254740990' }, 0],
    // A no-op in the middle is a wrong step, so that it does not pad a chain.
    [{}, { thinking: '3+10=13=13' }, 1 / 2],
  ],
  unit_tests: [
    [{}, { tests: () => [true, true, false, true] }, 3 / 4],
    [{ mode: 'all' }, { tests: () => [true, true, false, true] }, 0],
    [{ mode: 'all' }, { tests: () => [true, true] }, 1],
    [{}, { tests: () => null }, 0],
    [{}, { tests: () => [] }, null],
    [{}, { tests: null }, null],
  ],
  length_target: [
    [{ target: 20, width: 10 }, { length: 20 }, 1],
    [{ target: 20, width: 10 }, { length: 25 }, 1 / 2],
    [{ target: 20, width: 10 }, { length: 18 }, 4 / 5],
    [{ target: 20, width: 10 }, { length: 30 }, 0],
    [{ target: 20, width: 10 }, { length: 64 }, 0],
    [{ target: 4, width: 4, unit: 'characters' }, { completion: '<>𝟙𝟛', length: 64 }, 1],
  ],
  overlong: [
    [{ cache: 16 }, { length: 48, maxLength: 64 }, 0],
    [{ cache: 16 }, { length: 5, maxLength: 64 }, 0],
    [{ cache: 16 }, { length: 52, maxLength: 64 }, -1 / 4],
    [{ cache: 16 }, { length: 64, maxLength: 64 }, -1],
    [{ cache: 16, max: 32 }, { length: 24, maxLength: 64 }, -1 / 2],
    [{ cache: 16, max: 32 }, { length: 33, maxLength: 64 }, -1],
    [{ cache: 16 }, { length: 8, maxLength: 8 }, -1],
  ],
};

describe.each(Object.entries(cases))('%s', (kind, list) => {
  test.each(list)('%j of %j is %d', (settings, given, score) => {
    const result = scoreOf({ kind, ...settings }, given);
    if (score === null || result === null) expect(result).toBe(score);
    else expect(result).toBeCloseTo(score, 12);
  });
});

test('every kind is tried here, combinations below', () => {
  expect([...Object.keys(cases), 'combination'].sort()).toEqual(Object.keys(graderKinds).sort());
});

test.each(Object.entries(graderKinds))('%s has a sound entry in the table', (kind, entry) => {
  for (const text of [entry.label, entry.meaning, entry.source]) expect(text).not.toBe('');
  for (const [name, field] of Object.entries(entry.fields)) {
    expect(name).not.toMatch(/^(kind|name|range)$/);
    expect(field.meaning, name).toMatch(/\.$/);
  }
  // Its defaults are a valid grader, but for a combination, which has no parts yet.
  const parsed = parseGrader({ kind });
  expect('spec' in parsed).toBe(kind !== 'combination');
});

describe('combination', () => {
  const right = { kind: 'string_check', name: 'right' };
  const tests = { kind: 'unit_tests', name: 'tests' };
  const short = { kind: 'length_target', name: 'short', target: 0, width: 10 };
  const long = { kind: 'overlong', name: 'long', cache: 10, max: 10 };
  const parts = (...list: [grader: object, weight: number][]) =>
    list.map(([grader, weight]) => ({ grader, weight }));
  const kind = 'combination';

  test.each([
    ['mean', 0.9 + 0.1 * 0.5],
    ['product', 0.5],
    ['minimum', 0.5],
  ])('%s', (how, score) => {
    const list = parts([right, 0.9], [short, 0.1]);
    const given = { answer: '13', length: 5 };
    expect(scoreOf({ kind, how, parts: list }, given)).toBeCloseTo(score, 12);
  });

  test('leaves out what has nothing to say, with its weight', () => {
    const list = parts([right, 1], [tests, 3]);
    expect(scoreOf({ kind, parts: list }, { answer: '13', tests: null })).toBe(1);
    expect(scoreOf({ kind, parts: list }, { answer: '13', tests: () => null })).toBe(1 / 4);
    expect(scoreOf({ kind, parts: parts([tests, 1]) }, { tests: null })).toBeNull();
  });

  test('has the range its parts span, and maps that range', () => {
    const parsed = parseGrader({ kind, parts: parts([right, 1], [long, 1]) });
    expect('spec' in parsed && gradedRange(parsed.spec)).toEqual([-1, 1]);
    const mapped = { kind, parts: parts([right, 1], [long, 1]), range: [0, 10] };
    expect(scoreOf(mapped, { answer: '13', length: 0 })).toBe(7.5);
    expect(scoreOf(mapped, { answer: '', length: 10 })).toBe(2.5);
  });

  test('a product takes no punishments: two of them would be a reward', () => {
    const list = parts([long, 1], [{ ...right, range: [-1, 1] }, 1]);
    const parsed = parseGrader({ kind, how: 'product', parts: list });
    expect('problems' in parsed && parsed.problems.map(({ field }) => field)).toEqual(['parts']);
    expect('spec' in parseGrader({ kind, how: 'minimum', parts: list })).toBe(true);
  });

  test('nests once and no deeper', () => {
    const once = { kind, name: 'once', parts: parts([right, 1]) };
    const twice = { kind, name: 'twice', parts: parts([once, 1]) };
    expect(scoreOf(twice, { answer: '13' })).toBe(1);
    const parsed = parseGrader({ kind, parts: parts([twice, 1]) });
    expect(parsed).toMatchObject({ problems: [{ field: 'parts.0.grader.parts.0.grader.kind' }] });
  });
});

test('a range makes fail and pass −1 and 1', () => {
  const spec = { kind: 'string_check', range: [-1, 1] };
  expect(scoreOf(spec, { answer: '13' })).toBe(1);
  expect(scoreOf(spec, { answer: '12' })).toBe(-1);
  expect(scoreOf({ kind: 'unit_tests', range: [-1, 1] }, { tests: null })).toBeNull();
  expect(scoreOf({ kind: 'overlong', range: [-3, -2] }, { length: 64 })).toBe(-3);
});

describe.each(tasks.filter(({ thinks }) => thinks))('the gold completions of $id', (task) => {
  const draw = lcgDraw(7);
  const golds = [1, 2, 3].flatMap((level) =>
    Array.from({ length: 40 }, (_, i) => task.example(draw, i % 2 === 1, level)),
  );

  test.each(['string_check', 'format', 'text_similarity'])('satisfy %s', (kind) => {
    for (const { gold, answer } of golds) {
      const given = { ...task.parts(gold), completion: gold, reference: answer };
      expect(scoreOf({ kind }, given), gold).toBe(1);
    }
  });

  test.each(['left', 'precedence'])('have right steps, worked out by %s', (order) => {
    for (const { gold } of golds) {
      const { thinking } = task.parts(gold);
      const score = scoreOf({ kind: 'process', mode: 'all', order }, { thinking });
      expect(score, gold).toBe(Number(thinking.includes('=')));
    }
  });
});

test('hostile patterns come to their end', () => {
  const parsed = parseGrader({ kind: 'regex', pattern: '(a+)+$', mode: 'search' });
  if ('problems' in parsed) throw new Error('a valid pattern was refused');
  const score = prepareGrader(parsed.spec);
  // A backtracking engine needs 2^96 tries: it would never get here.
  expect(score(graded({ answer: `${'a'.repeat(96)}b` }))).toBe(0);
});
