/**
 * How an update moved every token of a step, told on request: the run is the one it would have been,
 * to the bit, nothing is left on the device, and what is told is what the two policies say.
 */
import { rm } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunConfig } from '../../src/rft/configTable.ts';
import { encodePrompt } from '../../src/rft/dataset.ts';
import { completionLogps } from '../../src/rft/inspect.ts';
import type { Learner } from '../../src/rft/learner.ts';
import type { CompletionView, RolloutView } from '../../src/session/protocol.ts';
import { tokenViews } from '../../src/ui/rollouts/tokenParts.ts';
import type { Trainer } from '../../workers/trainer.ts';
import { tinyConfig, writeChattyPolicy } from './tinyPolicy.ts';
import {
  failuresOf,
  newest,
  openTrainer,
  rolloutsOf,
  inspectionsOf,
  rowsOf,
  withoutTimes,
} from './trainerHarness.ts';

let policies: string;

beforeAll(async () => {
  policies = await writeChattyPolicy();
});

afterAll(() => rm(policies, { recursive: true }));

const completionsOf = ({ groups }: RolloutView): CompletionView[] =>
  groups.flatMap(({ completions }) => completions);

/** A run that rests after its second step; from there on credit is measured, or never. */
async function begun(config: RunConfig, credit: boolean) {
  const harness = await openTrainer(policies);
  const { trainer } = harness;
  const runId = await trainer.startPaused(config);
  await trainer.settled();
  await trainer.step();
  await trainer.tell({ alternatives: false, credit });
  return { ...harness, runId };
}

/** Two more steps. */
async function run(credit: boolean, more: Partial<RunConfig> = {}) {
  const harness = await begun(tinyConfig({ maxSteps: 6, ...more }), credit);
  const tensors = [tf.memory().numTensors];
  for (let i = 0; i < 2; i++) {
    await harness.trainer.step();
    tensors.push(tf.memory().numTensors);
  }
  expect(failuresOf(harness.events)).toEqual([]);
  return { ...harness, tensors, newest: await newest(harness.store, harness.runId) };
}

const withoutChanges = (view: RolloutView): RolloutView => ({
  ...view,
  groups: view.groups.map((group) => ({
    ...group,
    completions: group.completions.map((completion) => {
      const copy = { ...completion };
      delete copy.changes;
      return copy;
    }),
  })),
});

const cases: [string, Partial<RunConfig>][] = [
  ['one update', {}],
  ['several updates and a KL', { numIterations: 2, beta: 0.05 }],
];

test.each(cases)('%s: a run that measures it is the same run', async (_, more) => {
  const [plain, told] = [await run(false, more), await run(true, more)];
  expect(rowsOf(told.events).map(withoutTimes)).toEqual(rowsOf(plain.events).map(withoutTimes));
  expect(told.newest.digest).toBe(plain.newest.digest);
  expect(rolloutsOf(told.events)).not.toEqual(rolloutsOf(plain.events));
  expect(rolloutsOf(told.events).map(withoutChanges)).toEqual(rolloutsOf(plain.events));
  expect(new Set(told.tensors).size).toBe(1);
});

test('it comes from the next step on, one change a token', async () => {
  const steps = rolloutsOf((await run(true)).events).map(completionsOf);
  expect(steps.map((all) => all.every(({ changes }) => changes))).toEqual([
    ...[false, false, true, true],
  ]);
  expect(
    steps
      .slice(0, 2)
      .flat()
      .filter(({ changes }) => changes),
  ).toEqual([]);
  for (const { changes, logps } of steps.slice(2).flat()) {
    expect(changes).toHaveLength(logps.length);
  }
});

/** Log-probabilities of a step's completions under the policy as it is now. */
function logpsNow({ tokenizer, ...learner }: Learner, view: RolloutView): Promise<number[][]> {
  const ids = new Map(Array.from({ length: 64 }, (_, id) => [tokenizer.token(id), id]));
  return completionLogps(
    { tokenizer, ...learner },
    view.groups.flatMap(({ prompt, completions }) =>
      completions.map(({ tokens, logps, entropies = [], finishReason }) => ({
        promptIds: encodePrompt(tokenizer, prompt),
        completionIds: [
          ...tokens.map((token) => ids.get(token)!),
          ...(finishReason === 'eos' ? [tokenizer.eosId] : []),
        ],
        samplingLogps: logps,
        entropies,
        finishReason,
      })),
    ),
  );
}

/** What a step will sample, known from a run of the same bits. */
async function third(more: Partial<RunConfig>): Promise<RolloutView> {
  return rolloutsOf((await run(false, more)).events)[2]!;
}

async function step(trainer: Trainer, view: RolloutView) {
  const before = await logpsNow(trainer.learner()!, view);
  await trainer.step();
  return { before, after: await logpsNow(trainer.learner()!, view) };
}

test.each([{}, { temperature: 0.7, numIterations: 2 }])(
  'a change is the log-probability after less that before, credit is advantage times change: %o',
  async (more) => {
    const { trainer, events } = await begun(tinyConfig({ maxSteps: 6, ...more }), true);
    const { before, after } = await step(trainer, await third(more));
    const completions = completionsOf(rolloutsOf(events)[2]!);
    const expected = after.map((row, i) => row.map((logp, t) => logp - before[i]![t]!));
    expect(completions.map(({ changes }) => changes)).toEqual(expected);
    expect(expected.flat().some((change) => Math.abs(change) > 0.001)).toBe(true);
    completions.forEach((completion, i) => {
      completion.logps.forEach((logp, t) => expect(before[i]![t]).toBeCloseTo(logp, 4));
      const { advantage } = completion;
      expect(tokenViews(completion).map(({ credit }) => credit)).toEqual(
        expected[i]!.map((change) => advantage * change),
      );
    });
    expect(completions.some(({ advantage }) => advantage < 0)).toBe(true);
  },
);

test('a policy that stays as it is tells changes of exactly 0', async () => {
  // Rewards that never differ give no advantages, and a step without any makes no update.
  const harness = await begun(tinyConfig({ maxSteps: 6, maxCompletionLength: 1 }), true);
  await harness.trainer.step();
  const completions = completionsOf(rolloutsOf(harness.events)[2]!);
  expect(completions.every(({ advantage }) => advantage === 0)).toBe(true);
  expect(new Set(completions.flatMap(({ changes }) => changes))).toEqual(new Set([0]));
});

test('the magnifier says the same of its group', async () => {
  const { trainer, events } = await begun(tinyConfig({ maxSteps: 6 }), true);
  await trainer.step({ inspect: 1 });
  const [seen] = inspectionsOf(events);
  const changes = rolloutsOf(events)[2]!.groups[1]!.completions.map((one) => one.changes!);
  expect(changes.map(({ length }) => length)).toEqual(seen!.changes.map(({ length }) => length));
  changes.flat().forEach((change, i) => expect(change).toBeCloseTo(seen!.changes.flat()[i]!, 5));
});

test('rejection sampling, which learns by no advantage, is left as it is', async () => {
  const { events } = await run(true, { method: 'rejection' });
  const all = rolloutsOf(events).flatMap(completionsOf);
  expect(all.length).toBeGreaterThan(0);
  expect(all.filter(({ changes }) => changes)).toEqual([]);
});
