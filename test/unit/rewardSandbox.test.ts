/** The sandbox against hostile programs, for real: what each comes to, and what it leaves behind. */
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import {
  codeLimits,
  type CodeError,
  type CodeInput,
  type CodeProgram,
} from '../../src/graders/codeReward.ts';
import { createNodeSandbox } from '../../workers/sandbox/nodeRunner.ts';
import type { RewardSandbox } from '../../workers/sandbox/sandbox.ts';
import { hostile } from './hostileRewards.ts';

let sandbox: RewardSandbox;
beforeAll(async () => {
  sandbox = await createNodeSandbox();
});

const program = (source: string): CodeProgram => ({ name: 'test', source, range: [-1, 1] });

const input = (completion: string): CodeInput => ({
  prompt: '1 + 1 = ',
  completion,
  thinking: '',
  answer: completion,
  example: { row: [1, 2], ['__proto__']: { score: 9 }, nested: { deep: true } },
  step: 3,
});

const healthy = program('function reward({ completion }) { return Number(completion) / 8 }');
const three = ['1', '4', '8'].map(input);

/** Everything that a program could have changed in the host: what each name stands for. */
function hostState(): unknown[] {
  const owners = [globalThis, Object, Object.prototype, Array.prototype, Function.prototype];
  const more = [String.prototype, Promise.prototype, Error, Error.prototype, JSON, Math, console];
  return [...owners, ...more].flatMap((owner) =>
    Reflect.ownKeys(owner).flatMap((key) => {
      const found: object = Object.getOwnPropertyDescriptor(owner, key) ?? {};
      return [key, ...['value', 'get', 'set'].map((part): unknown => Reflect.get(found, part))];
    }),
  );
}

/** A score, or the kind of error; an error always comes with null. */
async function outcomes(source: string, inputs: CodeInput[]): Promise<unknown[]> {
  const { scores, errors } = await sandbox.run(program(source), inputs);
  expect(scores).toHaveLength(inputs.length);
  for (const { index } of errors) expect(scores[index]).toBeNull();
  return scores.map((score, i) => errors.find(({ index }) => index === i)?.error.kind ?? score);
}

test('there are no two of one name', () => {
  expect(new Set(hostile.map(({ what }) => what)).size).toBe(hostile.length);
  expect(hostile.length).toBeGreaterThan(150);
});

test.each(hostile)('$what', async ({ source, expected }) => {
  const before = hostState();
  expect(await outcomes(source, [input('1')])).toEqual([expected]);
  expect(await sandbox.run(healthy, three)).toEqual({
    scores: [1 / 8, 1 / 2, 1],
    errors: [],
    logs: [],
  });
  const after = hostState();
  expect(after.length).toBe(before.length);
  expect(after.filter((part, i) => !Object.is(part, before[i]))).toEqual([]);
});

test.each([
  ['timeout', 'if (completion === "4") for (;;) {}'],
  ['memory', 'if (completion === "4") { const all = []; for (;;) all.push([1]) }'],
  ['thrown', 'if (completion === "4") throw 1'],
  ['nan', 'if (completion === "4") return NaN'],
  ['thrown', 'if (completion === "4") return reward(arguments[0])'],
])('%s in one call leaves the others alone', async (kind, code) => {
  const source = `function reward({ completion }) { ${code}; return Number(completion) / 8 }`;
  expect(await outcomes(source, three)).toEqual([1 / 8, kind, 1]);
});

test('memory that one call keeps does not end the next', async () => {
  const source = `const all = [];
    function reward() { all.push(new Uint8Array(12e6)); return all.length / 8; }`;
  const { scores, errors } = await sandbox.run(program(source), Array(6).fill(input('1')));
  expect(errors).toEqual([]);
  expect(scores.every((score) => score !== null && score <= 3 / 8)).toBe(true);
});

test('a call that leaves memory full does not touch the next', async () => {
  const source = `let chain = null;
    function reward({ completion }) {
      try { for (;;) chain = { chain } } catch {}
      return completion.length / 1e6;
    }`;
  const { scores } = await sandbox.run(program(source), Array(5).fill(input('x'.repeat(5e5))));
  expect(scores).toEqual(Array(5).fill(0.5));
});

test('whether a pure call is stopped does not depend on its place in the batch', async () => {
  // A poll comes every 5,000 rounds. Little of that is left after the loop at first, and much
  // after a short call: counting polls alone would let a call pass there that fails by itself.
  const source = `for (let i = 0; i < 4900; i++);
    function reward({ step }) { for (let i = 0; i < step; i++); return 1 }`;
  const at = (steps: number[]) =>
    outcomes(
      source,
      steps.map((step) => ({ ...input('1'), step })),
    );
  // The most that a call by itself may do, within a fraction of what lies between two polls.
  let [well, stopped] = [1, 2 ** 26];
  while (stopped - well > 300) {
    const middle = Math.round((well + stopped) / 2);
    const [outcome] = await at([middle]);
    if (outcome === 1) well = middle;
    else stopped = middle;
  }
  const near = Array.from({ length: 7 }, (_, i) => well + (i - 3) * 1500);
  const alone = near.map((step) => (step <= well ? 1 : 'timeout'));
  expect(await at(near)).toEqual(alone);
  const after = (list: readonly unknown[], first: unknown) => list.flatMap((one) => [first, one]);
  expect(await at(after(near, 200) as number[])).toEqual(after(alone, 1));
});

test('a batch that has done too much work is not tried further, the same each time', async () => {
  const inputs = Array.from({ length: 40 }, () => input('1'));
  const first = await sandbox.run(program('function reward() { for (;;) {} }'), inputs);
  const messages = first.errors.map(({ error }) => error.message.split(':')[0]);
  expect(messages.filter((words) => words === 'Not tried').length).toBeGreaterThan(20);
  expect(messages[0]).not.toBe('Not tried');
  expect(await sandbox.run(program('function reward() { for (;;) {} }'), inputs)).toEqual(first);
});

test('permuting the inputs of a pure reward permutes its scores', async () => {
  const source = `function reward({ completion: c, step }) {
    if (c.includes('n')) return NaN;
    if (c.includes('t')) throw new Error(c);
    if (c.includes('x')) return null;
    if (c.includes('l')) console.log(c);
    return Math.sin(c.length * step);
  }`;
  const text = fc.string({ unit: fc.constantFrom(...Array.from('ntxlabcdefgh')), maxLength: 6 });
  const cases = fc
    .array(fc.record({ text, step: fc.nat(1000) }), { maxLength: 20 })
    .chain((items) =>
      fc.tuple(fc.constant(items), fc.shuffledSubarray(items, { minLength: items.length })),
    );
  await fc.assert(
    fc.asyncProperty(cases, async ([items, shuffled]) => {
      const asInputs = (list: typeof items) =>
        list.map(({ text: completion, step }) => ({ ...input(completion), step }));
      const there = await outcomes(source, asInputs(items));
      const back = await outcomes(source, asInputs(shuffled));
      expect(back).toEqual(shuffled.map((item) => there[items.indexOf(item)]));
      items.forEach((item, i) => {
        if (item.text.includes('n')) expect(there[i]).toBe('nan');
      });
    }),
    { numRuns: 60, seed: 1 },
  );
});

const errorOf = (source: string): Promise<CodeError | null> => sandbox.compile(program(source));

test('an error has its place in the source', async () => {
  const place = async (source: string) => {
    const { errors } = await sandbox.run(program(source), [input('1')]);
    const { line, column } = errors[0]!.error;
    return [line, column];
  };
  expect(await errorOf('function reward() {\n  let x = ;\n}')).toMatchObject({
    kind: 'syntax',
    line: 2,
    column: 11,
  });
  expect(await place('function reward() {\n  return nowhere;\n}')).toEqual([2, 10]);
  // Columns as editors count them: 😀 is two.
  expect(await place('function reward() {\n/*😀*/return nowhere;\n}')).toEqual([2, 14]);
  expect(await place('\r\n\r\nconst reward = () => nowhere')).toEqual([3, 22]);
  expect(await place('function reward() { throw 1 }')).toEqual([null, null]);
  const lie = 'const e = new Error("x"); e.stack = "at reward.js:999:9"; throw e';
  expect(await place(`function reward() { ${lie} }`)).toEqual([null, null]);
});

test('a mistake is told before anything runs', async () => {
  expect(await errorOf('function reward() { return 1 }')).toBeNull();
  expect((await errorOf('const x = 1'))?.message).toMatch(/no function named reward/);
  const tooLong = `//${'x'.repeat(codeLimits.sourceLength)}`;
  expect(await errorOf(tooLong)).toMatchObject({ kind: 'syntax' });
  expect(await outcomes(tooLong, [input('1')])).toEqual(['syntax']);
});

test('the input arrives whole, the example frozen, and afresh in every call', async () => {
  const source = `const seen = [];
    function reward(input) {
      const { example } = input;
      const fresh = !seen.includes(input) && !seen.includes(example);
      seen.push(input, example);
      const frozen = [example, example.row, example.nested].every(Object.isFrozen);
      const own = Object.hasOwn(example, '__proto__') && Object.getPrototypeOf(example) === Object.prototype;
      console.log(JSON.stringify(input));
      return fresh && frozen && own && !('score' in {}) ? 1 : 0;
    }`;
  const odd = input('\0 \ud800 😀 \u2028 " \\ </script>');
  const { scores, logs } = await sandbox.run(program(source), [odd, input('2'), odd]);
  expect(scores).toEqual([1, 1, 1]);
  expect(logs[0]).toBe(JSON.stringify(odd));
});

test('logs are kept in order, cut and counted', async () => {
  const log = (code: string) => `function reward({ completion }) { ${code}; return 1 }`;
  const some = log('console.log(completion, [1], null, Symbol()); console.error(new Error("e"))');
  expect((await sandbox.run(program(some), three.slice(0, 2))).logs).toEqual([
    '1 [1] null a symbol',
    'e',
    '4 [1] null a symbol',
    'e',
  ]);
  const many = log('for (let i = 0; i < 1000; i++) console.warn("x".repeat(9999))');
  const { logs } = await sandbox.run(program(many), Array(10).fill(input('1')));
  expect(logs).toHaveLength(codeLimits.logLines + 1);
  expect(logs.at(-1)).toBe(`… and ${10_000 - codeLimits.logLines} more lines, not kept.`);
  expect(Math.max(...logs.map((line) => line.length))).toBe(500);
});

test('globals last for a batch at most', async () => {
  const source = 'let calls = 0; function reward() { calls += 1; return calls / 4 }';
  const run = async () => (await sandbox.run(program(source), three)).scores;
  expect([await run(), await run()]).toEqual(Array(2).fill([0.25, 0.5, 0.75]));
});
