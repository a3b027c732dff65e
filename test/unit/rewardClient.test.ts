/** The owner's end of the reward worker, with pretended workers: how long a batch may take. */
import * as comlink from 'comlink';
import { expect, test } from 'vitest';
import type { CodeInput, CodeProgram } from '../../src/graders/codeReward.ts';
import { createRewardClient } from '../../workers/sandbox/client.ts';
import type { RewardWorkerApi } from '../../workers/sandbox/protocol.ts';

const program: CodeProgram = { name: 'test', source: '', range: [0, 1] };
const input = (completion: string): CodeInput => ({
  ...{ prompt: '', completion, thinking: '', answer: completion, example: null, step: 1 },
});

/** One end of a channel, which answers as a worker would. */
function pretended(run: RewardWorkerApi['run']): Worker {
  const { port1, port2 } = new MessageChannel();
  const api: RewardWorkerApi = {
    ready: () => Promise.resolve(),
    check: () => Promise.resolve(null),
    run,
  };
  comlink.expose(api, port1);
  port2.start();
  return Object.assign(port2, { terminate: () => port1.close() }) as unknown as Worker;
}

/** Silent over a whole batch; a call by itself takes `ms` milliseconds. */
const slowly =
  (ms: number): RewardWorkerApi['run'] =>
  (_, inputs) =>
    new Promise((resolve) => {
      const answer = { scores: [1], errors: [], logs: [] };
      if (inputs.length === 1) setTimeout(() => resolve(answer), ms);
    });

test('after a silence the calls of a batch are tried one by one, but not without end', async () => {
  const spawn = () => pretended(slowly(40));
  const runner = createRewardClient({ spawn, msSilent: 300, msOneByOne: 100 });
  const batch = Array.from({ length: 20 }, (_, i) => input(`${i}`));
  const { scores, errors } = await runner.run(program, batch);
  const tried = scores.filter((score) => score !== null).length;
  expect(tried).toBeGreaterThan(0);
  expect(tried).toBeLessThanOrEqual(3);
  expect(errors.map(({ index }) => index)).toEqual(
    Array.from({ length: 20 - tried }, (_, i) => tried + i),
  );
  expect(errors[0]!.error).toMatchObject({
    kind: 'timeout',
    message: expect.stringMatching(/^Not tried: .* used up the 0\.1 seconds/) as string,
  });
  // The next batch has its own time.
  expect((await runner.run(program, [input('x')])).scores).toEqual([1]);
  runner.close();
});
