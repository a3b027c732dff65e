/** The reward worker for real: its watchdog, its death, from the page and from another worker. */
import * as comlink from 'comlink';
import { afterEach, expect, test } from 'vitest';
import { CodedError } from '../../models/errors.ts';
import {
  codeLimits,
  type CodeInput,
  type CodeProgram,
  type RewardRunner,
} from '../../src/graders/codeReward.ts';
import { createRewardClient, type RewardClientOptions } from '../../workers/sandbox/client.ts';

const program = (source: string): CodeProgram => ({ name: 'test', source, range: [0, 1] });
const input = (completion: string): CodeInput => ({
  ...{ prompt: '', completion, thinking: '', answer: completion, example: null, step: 1 },
});
const inputs = (...texts: string[]) => texts.map(input);
const healthy = program('const reward = ({ completion }) => Number(completion) / 8');
const fine = { scores: [1 / 8, 1 / 2], errors: [], logs: [] };

let runner: RewardRunner;
let workers: Worker[] = [];

/** A client whose workers the test can count. */
function launch(options: Partial<RewardClientOptions> = {}): RewardRunner {
  workers = [];
  runner = createRewardClient({
    spawn: () => {
      const worker = new Worker(new URL('../../workers/reward.worker.ts', import.meta.url), {
        type: 'module',
      });
      workers.push(worker);
      return worker;
    },
    ...options,
  });
  return runner;
}
afterEach(() => runner.close());

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'resolved',
    (error: unknown) => (error instanceof CodedError ? error.code : String(error)),
  );

/** One operation of native code, hours long: no poll, no stop from inside. */
const stuck = `if (completion === 'stuck') {
  const half = 'a'.repeat(4e6);
  (half + half).indexOf(half + 'b');
}`;
const sometimesStuck = program(`function reward({ completion }) {
  console.log(completion);
  ${stuck}
  return Number(completion) / 8;
}`);

test('the worker starts with the first program, and two runs give the same', async () => {
  launch();
  expect(workers).toHaveLength(0);
  expect(await runner.check(healthy)).toBeNull();
  expect(await runner.check(program('function reward( {'))).toMatchObject({
    kind: 'syntax',
    line: 1,
  });
  const source = `function reward({ completion }) {
    if (completion === 'loop') for (;;) {}
    if (completion === 'regex') return /^(a+)+$/.test('a'.repeat(40) + 'b') ? 1 : 0;
    if (completion === 'bomb') { const all = []; for (;;) all.push([1]) }
    return Math.sin(completion.length);
  }`;
  const batch = inputs('loop', '1', 'regex', '12', 'bomb', '123');
  const first = await runner.run(program(source), batch);
  expect(first.errors.map(({ index, error }) => [index, error.kind])).toEqual([
    [0, 'timeout'],
    [2, 'timeout'],
    [4, 'memory'],
  ]);
  expect([1, 3, 5].map((i) => first.scores[i])).toEqual([1, 2, 3].map(Math.sin));
  expect(await runner.run(program(source), batch)).toEqual(first);
  expect(workers).toHaveLength(1);
});

test('a call stuck in native code ends its worker, and scores null alone', async () => {
  launch({ msSilent: 1000 });
  const result = await runner.run(sometimesStuck, inputs('1', 'stuck', '4'));
  expect(result.scores).toEqual([1 / 8, null, 1 / 2]);
  expect(result.errors.map(({ index, error }) => [index, error.kind])).toEqual([[1, 'timeout']]);
  expect(result.logs).toEqual(['1', '4']);
  expect(workers).toHaveLength(3);
  expect(await runner.run(healthy, inputs('1', '4'))).toEqual(fine);
});

test('a batch of stuck calls is given up after a few', async () => {
  launch({ msSilent: 500 });
  const { scores, errors } = await runner.run(sometimesStuck, Array(8).fill(input('stuck')));
  expect(scores).toEqual(Array(8).fill(null));
  expect(errors.map(({ error }) => error.kind)).toEqual(Array(8).fill('timeout'));
  expect(workers).toHaveLength(1 + codeLimits.killsPerBatch);
});

test('a program stuck while it is loaded is told so', async () => {
  launch({ msSilent: 500 });
  const source = `const completion = 'stuck'; ${stuck} function reward() {}`;
  expect(await runner.check(program(source))).toMatchObject({ kind: 'timeout' });
});

test('questions asked at once wait for each other', async () => {
  launch({ msSilent: 1000 });
  const both = [runner.run(sometimesStuck, inputs('stuck')), runner.run(healthy, inputs('1', '4'))];
  const [first, second] = await Promise.all(both);
  expect(first!.scores).toEqual([null]);
  expect(second).toEqual(fine);
});

test('a long batch that goes on is not silent', async () => {
  launch({ msSilent: 400 });
  const source = `function reward() { for (let i = 0; i < 2e6; i++); return 1 }`;
  const { errors } = await runner.run(program(source), Array(24).fill(input('1')));
  expect(errors.map(({ error }) => error.message)).toEqual([]);
  expect(workers).toHaveLength(1);
});

test('a worker that dies is one failure, and the next call starts another', async () => {
  launch();
  expect(await runner.run(healthy, inputs('1', '4'))).toEqual(fine);
  const asked = codeOf(runner.run(sometimesStuck, inputs('stuck')));
  await new Promise((resolve) => setTimeout(resolve, 100));
  workers[0]!.dispatchEvent(new ErrorEvent('error', { message: 'gone' }));
  expect(await asked).toBe('reward-worker-died');
  expect(await runner.run(healthy, inputs('1', '4'))).toEqual(fine);
});

test('a worker that cannot load, or a closed client, is a failure with a code', async () => {
  launch({ spawn: () => new Worker('/no-such-folder/no.worker.js', { type: 'module' }) });
  expect(await codeOf(runner.check(healthy))).toBe('reward-worker-died');
  launch();
  const asked = codeOf(runner.run(sometimesStuck, inputs('stuck')));
  await new Promise((resolve) => setTimeout(resolve, 100));
  runner.close();
  expect(await asked).toBe('reward-worker-closed');
  expect(await codeOf(runner.check(healthy))).toBe('reward-worker-closed');
});

test('it works from inside another worker', async () => {
  const owner = new Worker(new URL('./nestedReward.worker.ts', import.meta.url), {
    type: 'module',
  });
  const nested = comlink.wrap<Pick<RewardRunner, 'check' | 'run'>>(owner);
  expect(await nested.run(healthy, inputs('1', '4'))).toEqual(fine);
  const result = await nested.run(sometimesStuck, inputs('1', 'stuck', '4'));
  expect(result.scores).toEqual([1 / 8, null, 1 / 2]);
  owner.terminate();
});
