/** What holds for every grader: parsing never throws and settles, scores stay in range, weights are relative. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { graderKindNames, type Field, type GraderSpec } from '../../src/graders/grader.ts';
import { graderKinds } from '../../src/graders/graderKinds.ts';
import { parseGrader } from '../../src/graders/parseGrader.ts';
import { gradedRange, prepareGrader } from '../../src/graders/prepareGrader.ts';
import { graded } from '../unit/gradedCases.ts';

const names = fc.stringMatching(/^[\w-]{1,40}$/);

/** Texts that mean something to one kind or another, and any others. */
const telling = ['{{answer}}', '{{prompt}}', '13', '(a|b)+1?', '{"type": "number"}', '{{x}}', ''];
const texts = fc.oneof(fc.constantFrom(...telling), fc.string());

/** A value as the table's field asks for; not always a valid one for texts. */
function valueOf(field: Field, parts: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const arbitraries: { [K in Field['kind']]: (one: Extract<Field, { kind: K }>) => unknown } = {
    text: () => texts,
    longText: () => texts,
    number: ({ min, max, whole = false }) =>
      whole ? fc.integer({ min, max }) : fc.double({ min, max, noNaN: true }),
    choice: ({ choices }) => fc.constantFrom(...choices.map(({ value }) => value)),
    boolean: () => fc.boolean(),
    parts: ({ maxParts }) => fc.array(parts, { minLength: 1, maxLength: maxParts }),
  };
  return (arbitraries[field.kind] as (one: Field) => fc.Arbitrary<unknown>)(field);
}

const ranges = fc
  .tuple(fc.integer({ min: -100, max: 99 }), fc.integer({ min: 1, max: 50 }))
  .map(([min, size]) => [min, Math.min(100, min + size)]);

function settingsOf(kind: keyof typeof graderKinds, parts: fc.Arbitrary<unknown>) {
  const fields = Object.entries(graderKinds[kind].fields);
  const values = Object.fromEntries(fields.map(([name, field]) => [name, valueOf(field, parts)]));
  return fc.record(
    { kind: fc.constant(kind), name: names, range: ranges, ...values },
    { requiredKeys: (kind === 'combination' ? ['kind', 'parts'] : ['kind']) as ['kind'] },
  );
}

const leafKinds = graderKindNames.filter((kind) => kind !== 'combination');
const leaf = fc.oneof(...leafKinds.map((kind) => settingsOf(kind, fc.constant(null))));
const weights = fc.integer({ min: 1, max: 1000 }).map((n) => n / 100);
const partOf = (grader: fc.Arbitrary<unknown>) => fc.record({ grader, weight: weights });
const inner = fc.oneof(leaf, settingsOf('combination', partOf(leaf)));
const likely = fc.oneof(inner, settingsOf('combination', partOf(inner)));

const specs = likely.map(parseGrader).filter((parsed) => 'spec' in parsed);

/** Texts that scores depend on, in the shape of the tasks or of none. */
const written = fc.oneof(
  fc.constantFrom('13', '7+6=13', '<7+6=13>13', '{c:dui,y:06}', '{"a": [1]}', '-1e308', ''),
  fc.string({ maxLength: 40 }),
  fc.string({ unit: fc.constantFrom(...Array.from('0123456789+-*/=,;<>{}:." ab')) }),
);
const gradeds = fc
  .record({
    prompt: written,
    completion: written,
    thinking: written,
    answer: written,
    reference: written,
    ended: fc.boolean(),
    length: fc.nat(5000),
    maxLength: fc.integer({ min: 1, max: 5000 }),
    tests: fc.option(fc.option(fc.array(fc.boolean())).map((results) => () => results)),
  })
  .map(graded);

const expectProblems = (parsed: ReturnType<typeof parseGrader>): void => {
  if ('spec' in parsed) return;
  expect(parsed.problems.length).toBeGreaterThan(0);
  for (const { message } of parsed.problems) expect(message).toMatch(/\S/);
};

test('any JSON value is parsed or refused with a message, never thrown at', () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => expectProblems(parseGrader(value))));
});

test('a grader with a broken field is parsed or refused with a message', () => {
  const broken = fc
    .tuple(likely, fc.dictionary(fc.string(), fc.jsonValue()))
    .chain(([settings, extra]) => {
      const keys = fc.constantFrom(...Object.keys(settings));
      return fc
        .tuple(keys, fc.jsonValue())
        .map(([key, value]) => ({ ...settings, ...extra, [key]: value }));
    });
  fc.assert(
    fc.property(broken, (value) => expectProblems(parseGrader(value))),
    { numRuns: 500 },
  );
});

test('a spec is parsed to itself, also after a trip as JSON', () => {
  fc.assert(
    fc.property(specs, ({ spec }) => {
      expect(parseGrader(spec)).toEqual({ spec });
      expect(JSON.stringify(parseGrader(JSON.parse(JSON.stringify(spec))))).toBe(
        JSON.stringify({ spec }),
      );
    }),
    { numRuns: 500 },
  );
});

test('specs of every kind are among those tried', () => {
  const kinds = fc.sample(specs, { numRuns: 500, seed: 1 }).map(({ spec }) => spec.kind);
  expect([...new Set(kinds)].sort()).toEqual([...graderKindNames].sort());
});

test('a score is null or in its range', () => {
  fc.assert(
    fc.property(specs, fc.array(gradeds, { minLength: 5 }), ({ spec }, list) => {
      const [min, max] = gradedRange(spec);
      const score = prepareGrader(spec);
      for (const one of list) {
        const value = score(one) ?? min;
        expect(value).toBeGreaterThanOrEqual(min);
        expect(value).toBeLessThanOrEqual(max);
        expect(score(one)).toBe(score(one));
      }
    }),
    { numRuns: 1000 },
  );
});

interface Part {
  grader: GraderSpec;
  weight: number;
}

function meanOf(parts: readonly Part[]) {
  const parsed = parseGrader({ kind: 'combination', parts });
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return prepareGrader(parsed.spec);
}

const partLists = fc.array(
  fc
    .record({ grader: specs.map(({ spec }) => spec), weight: weights })
    .filter(({ grader }) => grader.kind !== 'combination'),
  { minLength: 2, maxLength: 8 },
);

function expectSame(a: number | null, b: number | null): void {
  if (a === null || b === null) expect(a).toBe(b);
  else expect(a).toBeCloseTo(b, 9);
}

test('a weighted mean does not depend on the order of its parts', () => {
  const shuffled = partLists.chain((parts) =>
    fc.tuple(
      fc.constant(parts),
      fc.shuffledSubarray(parts, { minLength: parts.length, maxLength: parts.length }),
    ),
  );
  fc.assert(
    fc.property(shuffled, gradeds, ([parts, other], one) => {
      expectSame(meanOf(parts)(one), meanOf(other)(one));
    }),
    { numRuns: 500 },
  );
});

test('scaling all weights changes nothing', () => {
  const factors = fc.double({ min: 0.1, max: 10, noNaN: true });
  fc.assert(
    fc.property(partLists, factors, gradeds, (parts, factor, one) => {
      const scaled = parts.map(({ grader, weight }) => ({ grader, weight: weight * factor }));
      expectSame(meanOf(parts)(one), meanOf(scaled)(one));
    }),
    { numRuns: 500 },
  );
});

test('a mean lies between its least and its greatest part', () => {
  fc.assert(
    fc.property(partLists, gradeds, (parts, one) => {
      const scores = parts
        .map(({ grader }) => prepareGrader(grader)(one))
        .filter((score) => score !== null);
      const mean = meanOf(parts)(one);
      if (scores.length === 0) expect(mean).toBeNull();
      else {
        expect(mean).toBeGreaterThanOrEqual(Math.min(...scores) - 1e-9);
        expect(mean).toBeLessThanOrEqual(Math.max(...scores) + 1e-9);
      }
    }),
    { numRuns: 500 },
  );
});
