/**
 * A step under the magnifier is the step it would have been, to the bit, and what it tells of its
 * group holds: the same completions, one change a token, and a policy that moved as it was pushed.
 */
import { rm } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunConfig } from '../../src/rft/configTable.ts';
import { completionLogps, sampleAgain } from '../../src/rft/inspect.ts';
import { takeStep } from '../../src/rft/methods.ts';
import type { StepRow } from '../../src/rft/stepRow.ts';
import type { GroupView, InspectedGroup, InspectionView } from '../../src/session/protocol.ts';
import { tinyConfig, writeChattyPolicy } from './tinyPolicy.ts';
import {
  failuresOf,
  newest,
  openTrainer,
  rolloutsOf,
  inspectionsOf,
  rowsOf,
  said,
  withoutTimes,
} from './trainerHarness.ts';

let policies: string;

beforeAll(async () => {
  policies = await writeChattyPolicy();
});

afterAll(() => rm(policies, { recursive: true }));

/** A run of which each step after the first is made with these options. */
async function stepped(config: RunConfig, inspect: (InspectedGroup | undefined)[]) {
  const harness = await openTrainer(policies);
  const { trainer } = harness;
  const runId = await trainer.startPaused(config);
  await trainer.settled();
  const tensors: number[] = [];
  for (const place of inspect) {
    await trainer.step(place === undefined ? {} : { inspect: place });
    tensors.push(tf.memory().numTensors);
  }
  expect(failuresOf(harness.events)).toEqual([]);
  return { ...harness, runId, tensors };
}

const cases: [string, Partial<RunConfig>][] = [
  ['one update', {}],
  ['several updates and a KL', { numIterations: 2, beta: 0.05 }],
];

test.each(cases)(
  '%s: a run with inspected steps equals one without, bit for bit',
  async (_, more) => {
    const config = tinyConfig({ maxSteps: 6, ...more });
    const plain = await stepped(config, [undefined, undefined, undefined, undefined]);
    const watched = await stepped(config, [0, 1, undefined, 9]);
    expect(rowsOf(watched.events).map(withoutTimes)).toEqual(
      rowsOf(plain.events).map(withoutTimes),
    );
    expect(rolloutsOf(watched.events)).toEqual(rolloutsOf(plain.events));
    const [a, b] = await Promise.all(
      [plain, watched].map(({ store, runId }) => newest(store, runId)),
    );
    expect(b!.digest).toBe(a!.digest);
    expect(inspectionsOf(plain.events)).toEqual([]);
    expect(inspectionsOf(watched.events).map(({ step }) => step)).toEqual([2, 3, 5]);
    // Nothing is left behind on the device either.
    expect(new Set(watched.tensors).size).toBe(1);
  },
);

/** A token that is among the likeliest has there the probability that it was drawn with. */
function expectLikeliest({ group, likeliest }: InspectionView): void {
  const pairs = group.completions.flatMap(({ tokens, logps }, i) =>
    tokens.flatMap((text, t) => {
      const found = likeliest[i]![t]!.find((one) => one.text === text);
      return found ? [[found.probability, Math.exp(logps[t]!)] as const] : [];
    }),
  );
  expect(pairs.length).toBeGreaterThan(0);
  for (const [one, other] of pairs) expect(one).toBeCloseTo(other, 4);
}

test('tells of the group that was asked for, token by token', async () => {
  const { events } = await stepped(tinyConfig({ maxSteps: 6, temperature: 0.8 }), [1, 0, 99]);
  const seen = inspectionsOf(events);
  const places = [1, 0, rolloutsOf(events)[3]!.groups.length - 1];
  seen.forEach(({ step, group, changes, again, rewardNames }, i) => {
    const rollout = rolloutsOf(events).find((one) => one.step === step)!;
    expect(group).toEqual(rollout.groups[places[i]!]);
    expect(rewardNames).toEqual(rollout.rewardNames);
    expect(changes.map(({ length }) => length)).toEqual(
      group.completions.map(({ logps }) => logps.length),
    );
    expectLikeliest(seen[i]!);
    expect(again).toHaveLength(group.completions.length);
    expect(again.map(({ tokens }) => tokens)).not.toEqual(group.completions.map((c) => c.tokens));
  });
});

test('the most telling group is the one of the step whose rewards differ most', async () => {
  const squares = ({ completions }: GroupView): number => {
    const rewards = completions.map(({ reward }) => reward ?? 0);
    const mean = rewards.reduce((a, b) => a + b, 0) / rewards.length;
    return rewards.reduce((sum, reward) => sum + (reward - mean) ** 2, 0);
  };
  const steps = Array.from({ length: 5 }, () => 'telling' as const);
  const { events } = await stepped(tinyConfig({ maxSteps: 8 }), steps);
  const seen = inspectionsOf(events);
  expect(seen).toHaveLength(steps.length);
  for (const { step, group } of seen) {
    const { groups } = rolloutsOf(events).find((one) => one.step === step)!;
    expect(squares(group)).toBe(Math.max(...groups.map(squares)));
  }
  // Not always the first, or this would tell nothing.
  expect(
    seen.some(({ step, group }) => {
      const [first] = rolloutsOf(events).find((one) => one.step === step)!.groups;
      return squares(first!) < squares(group);
    }),
  ).toBe(true);
});

test('completions move the way they were pushed', async () => {
  const config = tinyConfig({ maxSteps: 8 });
  const { events } = await stepped(config, [0, 0, 0, 0, 0, 0, 0]);
  const credits = inspectionsOf(events).flatMap(({ group, changes }) =>
    group.completions.map(({ advantage }, i) => advantage * changes[i]!.reduce((a, b) => a + b, 0)),
  );
  expect(credits.some((credit) => credit !== 0)).toBe(true);
  expect(credits.reduce((a, b) => a + b, 0)).toBeGreaterThan(0);
});

test('log-probabilities are those that were sampled with, before the update and afresh after it', async () => {
  const { trainer } = await openTrainer(policies);
  await trainer.startPaused(tinyConfig({ maxSteps: 6, temperature: 0.7 }));
  await trainer.settled();
  const learner = trainer.learner()!;
  const expectSampled = async (rows: readonly StepRow[]): Promise<void> => {
    const rollouts = rows.map(({ rollout }) => rollout);
    const measured = await completionLogps(learner, rollouts);
    const sampled = rollouts.map(({ samplingLogps }) => samplingLogps);
    expect(measured.map(({ length }) => length)).toEqual(sampled.map(({ length }) => length));
    measured.flat().forEach((logp, i) => expect(logp).toBeCloseTo(sampled.flat()[i]!, 4));
  };
  const { rows, metrics } = await takeStep(learner, undefined, expectSampled);
  await metrics;
  await expect(expectSampled(rows)).rejects.toThrow(/close/); // the policy has moved
  await expectSampled(await sampleAgain(learner, rows.slice(0, 4)));
});

test('comes before the metrics of its step, after its rollout', async () => {
  const { events } = await stepped(tinyConfig({ maxSteps: 4, evalSteps: 9 }), [0]);
  const order = said(events);
  expect(order.slice(order.indexOf('rollout 2'), order.indexOf('rollout 2') + 3)).toEqual([
    'rollout 2',
    'inspection',
    'metrics 2',
  ]);
});
