/** Runs that are the same but for the seed become one band: mean, lowest and highest a step. */
import { expect, test } from 'vitest';
import type { RunConfig } from '../../src/rft/configTable.ts';
import type { RunInfo, StepMetrics } from '../../src/session/protocol.ts';
import {
  bandPoints,
  pointsInTime,
  runSeconds,
  seedBands,
  unusedSeed,
} from '../../src/session/seedBands.ts';
import { tinyConfig } from './tinyPolicy.ts';

function info(changes: Partial<RunConfig>, name = 'Chain, RFT, seed 1'): RunInfo {
  const config = tinyConfig(changes);
  const backend = { backend: 'cpu', device: 'test' } as const;
  const times = { createdAt: 0, updatedAt: 0 };
  const state = { step: 4, finished: true, evalGreedy: null, bytes: 0 };
  return { id: `${name}/${config.seed}`, name, config, backend, ...times, ...state };
}

const compared = (...runs: RunInfo[]) =>
  runs.map((run, i) => ({ run, letter: 'ABCD'[i]!, rows: [] }));

const row = (step: number, values: Record<string, number>): StepMetrics => ({ step, values });

test('runs that differ in their seed alone are one band; any other difference parts them', () => {
  const [one, faster, two] = [
    info({ seed: 1 }),
    info({ seed: 1, learningRate: 0.02 }, 'Fast one'),
    info({ seed: 7 }, 'Chain, RFT, seed 7'),
  ];
  expect(seedBands(compared(two, faster, one)).map(({ id, label }) => [id, label])).toEqual([
    ['AC', 'A, C: Chain, RFT, seeds 1, 7'],
    ['B', 'B: Fast one'],
  ]);
  expect(seedBands(compared(one, one))[0]!.label).toBe('A, B: Chain, RFT, seed 1');
  expect(seedBands([])).toEqual([]);
});

test('mean, lowest and highest of a step over the seeds that measured it', () => {
  const one = [row(0, { eval: 0.2 }), row(1, { reward: 1 }), row(2, { eval: 0.6 })];
  const two = [row(0, { eval: 0.4 }), row(2, { eval: 0.9 }), row(4, { eval: 1 })];
  const three = [row(2, { eval: 0 })];
  expect(bandPoints([one, two, three], 'eval')).toEqual([
    { x: 0, mean: expect.closeTo(0.3, 12) as number, low: 0.2, high: 0.4, count: 2 },
    { x: 2, mean: 0.5, low: 0, high: 0.9, count: 3 },
    { x: 4, mean: 1, low: 1, high: 1, count: 1 },
  ]);
  // The order of the runs is not the order of the steps.
  expect(
    bandPoints([[row(5, { eval: 0 })], [row(3, { eval: 1 })]], 'eval').map(({ x }) => x),
  ).toEqual([3, 5]);
  expect(bandPoints([one], 'kl')).toEqual([]);
});

test('time is what steps and evaluations took, those without the metric included', () => {
  const rows = [
    row(0, { eval_time: 0.5, eval: 0.1 }),
    row(1, { step_time: 1 }),
    row(2, { step_time: 1, eval_time: 0.5, eval: 0.3 }),
  ];
  expect(runSeconds(rows)).toBe(3);
  expect(pointsInTime(rows, 'eval').map(({ x, mean }) => [x, mean])).toEqual([
    [0.5, 0.1],
    [3, 0.3],
  ]);
});

test('another seed is the next that no run of the recipe has; the last one is followed by 0', () => {
  const run = info({ seed: 1 });
  expect(unusedSeed(run, [run])).toBe(2);
  const other = info({ seed: 3, learningRate: 0.02 });
  expect(unusedSeed(run, [run, info({ seed: 2 }), other])).toBe(3);
  const last = info({ seed: 2 ** 32 - 1 });
  expect(unusedSeed(last, [last])).toBe(0);
});
