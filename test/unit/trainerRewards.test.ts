/**
 * Reward code and graders in real runs: columns of scores, errors that are missing and never 0,
 * reports by step, the pause above the user's share, the same bits twice.
 */
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseConfig } from '../../src/rft/config.ts';
import type { RunConfig } from '../../src/rft/configTable.ts';
import type { TrainerEvent } from '../../src/session/protocol.ts';
import { tinyConfig, writeChattyPolicy } from './tinyPolicy.ts';
import { failuresOf, newest, openTrainer, rolloutsOf, rowsOf, stateOf } from './trainerHarness.ts';

let policies: string;

beforeAll(async () => {
  policies = await writeChattyPolicy();
});

afterAll(() => rm(policies, { recursive: true }));

/** Rewards as a link would bring them. */
function withRewards(rewards: unknown[], changes: Partial<RunConfig> = {}): RunConfig {
  const parsed = parseConfig({ rewards });
  if (!parsed.config) throw new Error(JSON.stringify(parsed.problems));
  return tinyConfig({ ...changes, rewards: parsed.config.rewards });
}

const code = (source: string, name = 'mine') => ({ kind: 'code', name, source, range: [0, 1] });

const reportsOf = (events: readonly TrainerEvent[]) =>
  events.flatMap((event) => (event.type === 'reward-report' ? [event.report] : []));

async function run(config: RunConfig) {
  const harness = await openTrainer(policies);
  const runId = await harness.trainer.start(config);
  await harness.trainer.settled();
  return { ...harness, runId };
}

test('code, a grader and the task’s own reward stand side by side, the same bits twice', async () => {
  const config = withRewards([
    { kind: 'task', name: 'format' },
    { kind: 'overlong', name: 'too_long', cache: 4 },
    code('const reward = ({ answer }) => answer.length / 100;'),
  ]);
  const first = await run(config);
  const [, row] = rowsOf(first.events);
  expect(Object.keys(row!.values).filter((key) => key.endsWith('/mean'))).toEqual([
    'rewards/format/mean',
    'rewards/too_long/mean',
    'rewards/mine/mean',
  ]);
  expect(row!.values['reward_error_ratio']).toBe(0);
  const view = first.events.find((event) => event.type === 'rollout')!;
  for (const { completions } of view.rollout.groups) {
    for (const { answer, rewards } of completions) {
      expect(rewards[2]).toBe(answer.length / 100);
      expect(rewards[1]).toBeLessThanOrEqual(0);
    }
  }
  const again = await run(config);
  expect((await newest(again.store, again.runId)).digest).toBe(
    (await newest(first.store, first.runId)).digest,
  );
  expect(failuresOf(first.events)).toEqual([]);
});

test('an error is a missing score: told with its line and count, and never a 0', async () => {
  const source = `function reward({ answer, step }) {
  console.log('step', step);
  if (answer.length % 2 === 1) throw new Error('odd');
  return 1;
}`;
  const { events } = await run(withRewards([code(source)], { maxRewardErrorRatio: 1 }));
  const views = rolloutsOf(events);
  const scores = views.flatMap(({ groups }) =>
    groups.flatMap(({ completions }) =>
      completions.map(({ answer, rewards }) => ({
        odd: answer.length % 2,
        score: rewards[0],
      })),
    ),
  );
  expect(new Set(scores.map(({ odd }) => odd)).size).toBe(2);
  for (const { odd, score } of scores) expect(score).toBe(odd === 1 ? null : 1);
  const rows = rowsOf(events).slice(1);
  const [report] = reportsOf(events);
  expect(report!.step).toBe(1);
  expect(report!.errors).toEqual([
    expect.objectContaining({
      name: 'mine',
      count: Math.round(rows[0]!.values['reward_error_ratio']! * 8),
      error: expect.objectContaining({ kind: 'thrown', line: 3 }) as object,
    }) as object,
  ]);
  expect(report!.logs[0]!.lines).toContain('step 1');
  // What is missing is in no mean.
  for (const { values } of rows) expect(values['rewards/mine/mean']).toBe(1);
});

test('where nothing could be scored there is no mean, and no 0 either', async () => {
  const source = 'const reward = () => { throw new Error("no"); };';
  const rewards = [{ kind: 'code', name: 'mine', source, range: [-1, -0.5] }];
  const { events } = await run(withRewards(rewards, { maxRewardErrorRatio: 1 }));
  const [base, first] = rowsOf(events);
  expect(base!.values).not.toHaveProperty('eval_reward');
  expect(base!.values['eval_reward_error_ratio']).toBe(1);
  for (const key of ['reward', 'rewards/mine/mean']) expect(first!.values).not.toHaveProperty(key);
  const view = events.find((event) => event.type === 'rollout')!;
  for (const { completions } of view.rollout.groups) {
    for (const { reward, advantage } of completions) expect([reward, advantage]).toEqual([null, 0]);
  }
});

test('code that always fails pauses the run beside other rewards too, but once', async () => {
  const config = withRewards([
    { kind: 'task', name: 'correct' },
    { kind: 'task', name: 'format' },
    code('const reward = () => NaN;'),
  ]);
  const { trainer, events } = await run(config);
  expect(stateOf(events)).toBe('paused');
  await trainer.proceed();
  await trainer.settled();
  expect(stateOf(events)).toBe('idle');
  expect(failuresOf(events)).toHaveLength(1);
});

test('with dynamic sampling an error is told with the completion that it was made on', async () => {
  const source = 'const reward = ({ completion }) => { throw new Error(completion); };';
  const config = withRewards([code(source), { kind: 'task', name: 'format' }], {
    maxNumGenBatches: 4,
    maxRewardErrorRatio: 1,
  });
  const { events } = await run(config);
  const told = reportsOf(events).flatMap(({ errors }) => errors);
  expect(told.length).toBeGreaterThan(4);
  for (const { error, completion } of told) expect(error.message).toContain(completion);
});

test('several rewards in code are scored each by its own program', async () => {
  const rewards = [0.25, 0.75, 1].map((score, i) =>
    code(`const reward = () => ${score};`, `r${i}`),
  );
  const { events } = await run(withRewards(rewards));
  for (const { values } of rowsOf(events).slice(1)) {
    expect([0, 1, 2].map((i) => values[`rewards/r${i}/mean`])).toEqual([0.25, 0.75, 1]);
  }
});

test('the run pauses above the share that the user sets, with its work kept', async () => {
  const config = withRewards([code('const reward = () => NaN;')], { maxRewardErrorRatio: 0.2 });
  const { trainer, events } = await run(config);
  expect(stateOf(events)).toBe('paused');
  expect(failuresOf(events)).toEqual([
    expect.objectContaining({
      code: 'reward-errors',
      message: expect.stringContaining('100 % of the completions of step 1') as string,
    }) as object,
  ]);
  expect(rowsOf(events).map(({ step }) => step)).toEqual([0, 1]);
  // Mended in mid-run, it goes on to its end.
  const mended = parseConfig({ rewards: [code('const reward = () => 0.5;')] }).config!;
  await trainer.change({ rewards: mended.rewards });
  await trainer.proceed();
  await trainer.settled();
  expect(stateOf(events)).toBe('idle');
  expect(rowsOf(events).at(-1)!.values['rewards/mine/mean']).toBe(0.5);
});

test('code that cannot be read errs on every completion, and a check says where', async () => {
  const { trainer, events } = await run(withRewards([code('function reward( {')]));
  expect(stateOf(events)).toBe('paused');
  expect(reportsOf(events)[0]!.errors[0]!.error.kind).toBe('syntax');
  const program = {
    name: 'mine',
    source: 'const reward = () => {\n  return 1 +;\n};',
    range: [0, 1],
  } as const;
  expect(await trainer.checkReward(program)).toMatchObject({ kind: 'syntax', line: 2 });
  expect(await trainer.checkReward({ ...program, source: 'const reward = () => 1;' })).toBeNull();
});

test('a reward that the task does not have is refused before anything runs', async () => {
  const { trainer } = await openTrainer(policies);
  await expect(trainer.start(withRewards([{ kind: 'task', name: 'tests' }]))).rejects.toMatchObject(
    { code: 'recipe-problem', detail: 'rewards' },
  );
});
