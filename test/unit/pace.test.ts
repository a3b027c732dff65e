/** Time left and tokens per second from metric rows alone. */
import { expect, it } from 'vitest';
import { parseConfig, defaultConfig } from '../../src/rft/config.ts';
import { paceOf, speedRows } from '../../src/session/pace.ts';

const config = parseConfig({ maxSteps: 25, evalSteps: 10 }).config ?? defaultConfig;
const step = (n: number, more: Record<string, number> = {}) => ({
  step: n,
  values: { step_time: 2, num_tokens: n * 1000, ...more },
});

it('knows nothing before the first step', () => {
  const rows = [{ step: 0, values: { eval_time: 5 } }];
  expect(paceOf(rows, config)).toEqual({ tokensPerSecond: null, secondsLeft: null });
});

it('adds the evaluations still to come, the last one included', () => {
  const rows = [{ step: 0, values: { eval_time: 5 } }, step(1), step(2)];
  // 23 steps of 2 s; evaluations after 10, 20 and 25.
  expect(paceOf(rows, config)).toEqual({ tokensPerSecond: 500, secondsLeft: 23 * 2 + 3 * 5 });
});

it('has nothing left at the end', () => {
  const rows = [step(24), step(25, { eval_time: 5 })];
  expect(paceOf(rows, config).secondsLeft).toBe(0);
});

it('looks back over few steps, so that a change of speed shows', () => {
  const slow = Array.from({ length: 10 }, (_, i) => step(i + 1, { step_time: 9 }));
  const fast = Array.from({ length: 8 }, (_, i) => step(i + 11, { step_time: 1 }));
  expect(paceOf([...slow, ...fast], config).tokensPerSecond).toBe(1000);
});

it('gives every step its speed, and none where the step before is not known', () => {
  const rows = [{ step: 0, values: { eval_time: 5 } }, step(1), step(2, { step_time: 4 }), step(5)];
  expect(speedRows(rows)).toEqual([
    { step: 0, values: {} },
    { step: 1, values: { tokens_per_second: 500 } },
    { step: 2, values: { tokens_per_second: 250 } },
    { step: 5, values: {} },
  ]);
  expect(speedRows([step(1)])).toEqual([{ step: 1, values: { tokens_per_second: 500 } }]);
  expect(speedRows([step(7)])).toEqual([{ step: 7, values: {} }]);
});
