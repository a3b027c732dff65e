/** The page's reducer over trainer events: rows, evaluations, the headline and stale rollouts. */
import { describe, expect, it } from 'vitest';
import { defaultConfig } from '../../src/rft/config.ts';
import { ROLLOUT_BUDGET } from '../../src/session/keptRollouts.ts';
import { LabState } from '../../src/session/labState.svelte.ts';
import type { GroupView, RolloutView, StepMetrics } from '../../src/session/protocol.ts';

const row = (step: number, values: Record<string, number> = { reward: step }): StepMetrics => ({
  step,
  values,
});
const rollout = (step: number, groups: GroupView[] = []): RolloutView => ({
  step,
  rewardNames: [],
  groups,
});
/** A group without completions; its prompt makes it as large as wanted. */
const group = (promptIndex: number, size = 8): GroupView => ({
  promptIndex,
  prompt: 'p'.repeat(size),
  answer: '22',
  completions: [],
});

function running(): LabState {
  const state = new LabState();
  state.begin(defaultConfig);
  state.receive({ type: 'state', state: 'running' });
  return state;
}

describe('metric rows', () => {
  it('appends new steps and replaces a step that comes again', () => {
    const state = running();
    state.receive({ type: 'metrics', rows: [row(1), row(2)], history: false });
    state.receive({ type: 'metrics', rows: [row(2, { reward: 9 }), row(3)], history: false });
    expect(state.rows.map(({ step }) => step)).toEqual([1, 2, 3]);
    expect(state.rows[1]?.values['reward']).toBe(9);
    expect(state.step).toBe(3);
  });

  it('takes history in place of what was shown', () => {
    const state = running();
    state.receive({ type: 'metrics', rows: [row(1), row(2)], history: false });
    state.receive({ type: 'metrics', rows: [row(1)], history: true });
    expect(state.rows.map(({ step }) => step)).toEqual([1]);
  });
});

describe('rows made here', () => {
  it('are those after the restored ones, of this run', () => {
    const state = running();
    const steps = () => state.rowsMadeHere().map(({ step }) => step);
    state.receive({ type: 'metrics', rows: [row(0), row(1)], history: false });
    expect(steps()).toEqual([0, 1]);
    state.receive({ type: 'metrics', rows: [row(0), row(1), row(2)], history: true });
    state.receive({ type: 'metrics', rows: [row(3)], history: false });
    expect(steps()).toEqual([3]);
    state.begin(defaultConfig);
    state.receive({ type: 'metrics', rows: [row(0)], history: false });
    expect(steps()).toEqual([0]);
  });
});

describe('headline', () => {
  it('shows the base policy of step 0 and the newest evaluation', () => {
    const state = running();
    expect([state.evalBase, state.evalNow]).toEqual([null, null]);
    state.receive({
      type: 'metrics',
      rows: [row(0, { eval_greedy: 0.08 }), row(1), row(2, { eval_greedy: 0.4 }), row(3)],
      history: false,
    });
    expect([state.evalBase, state.evalNow, state.evalStep]).toEqual([0.08, 0.4, 2]);
  });

  it('claims no base accuracy when step 0 was not measured', () => {
    const state = running();
    state.receive({ type: 'metrics', rows: [row(5, { eval_greedy: 0.4 })], history: true });
    expect([state.evalBase, state.evalNow]).toEqual([null, 0.4]);
  });
});

describe('states', () => {
  it('keeps a run that paused over a full disk, and gives up one that failed', () => {
    const state = running();
    state.receive({ type: 'failure', failure: { code: 'storage-full', message: 'full' } });
    expect([state.trainer, state.lost]).toEqual(['running', false]);
    state.receive({ type: 'state', state: 'failed' });
    expect([state.busy, state.lost]).toEqual([false, true]);
  });

  it('takes back that the trainer is silent once it speaks again', () => {
    const state = running();
    state.receive({ type: 'failure', failure: { code: 'worker-silent', message: 'silent' } });
    expect(state.lost).toBe(true);
    state.receive({ type: 'phase', phase: 'learning', step: 1 });
    expect([state.lost, state.failure]).toEqual([false, null]);
  });

  it('holds the newest progress of what is loaded and forgets it once running', () => {
    const state = new LabState();
    state.receive({ type: 'state', state: 'loading' });
    state.receive({ type: 'progress', what: 'base policy', loaded: 1, total: 4 });
    state.receive({ type: 'progress', what: 'base policy', loaded: 3, total: 4 });
    expect(state.loading).toEqual([{ what: 'base policy', loaded: 3, total: 4 }]);
    state.receive({ type: 'state', state: 'running' });
    expect(state.loading).toEqual([]);
  });

  it('waits for the step at hand when asked to pause', () => {
    const state = running();
    state.pausing = true;
    state.receive({ type: 'phase', phase: 'learning', step: 1 });
    expect(state.pausing).toBe(true);
    state.receive({ type: 'state', state: 'paused' });
    expect(state.pausing).toBe(false);
  });
});

describe('checkpoints', () => {
  const checkpoint = (step: number) =>
    ({ id: `c${step}`, runId: 'r', step, reason: 'interval', bytes: 1, createdAt: 0 }) as const;

  it('keeps the step of each, once and in order, and forgets them with the run', () => {
    const state = running();
    for (const step of [20, 10, 20]) {
      state.receive({ type: 'checkpoint', checkpoint: checkpoint(step) });
    }
    expect(state.checkpointSteps).toEqual([10, 20]);
    state.begin(defaultConfig);
    expect(state.checkpointSteps).toEqual([]);
  });

  it('knows the newest one of a run that is resumed, and none of a new one', () => {
    const state = running();
    const backend = { backend: 'cpu', device: '' } as const;
    const times = { createdAt: 0, updatedAt: 0, finished: false, evalGreedy: null, bytes: 0 };
    const run = { id: 'r', name: '', config: defaultConfig, backend, ...times };
    state.receive({ type: 'run', run: { ...run, step: 0 } });
    expect(state.checkpointSteps).toEqual([]);
    state.receive({ type: 'run', run: { ...run, step: 30 } });
    expect(state.checkpointSteps).toEqual([30]);
  });
});

describe('rollouts', () => {
  it('follows the newest until the user steps back', () => {
    const { rollouts } = running();
    for (let step = 1; step <= 61; step++) rollouts.add(rollout(step));
    expect([rollouts.list.length, rollouts.current?.step]).toEqual([61, 61]);
    rollouts.goTo(rollouts.index - 1);
    rollouts.add(rollout(62));
    expect([rollouts.following, rollouts.current?.step]).toEqual([false, 60]);
    rollouts.goTo(rollouts.list.length - 1);
    rollouts.add(rollout(63));
    expect([rollouts.following, rollouts.current?.step]).toEqual([true, 63]);
  });

  it('stays within its budget, and follows again when the step looked at had to go', () => {
    const { rollouts } = running();
    const large = (step: number) => rollout(step, [group(0, 2_000_000)]);
    for (const step of [1, 2, 3]) rollouts.add(large(step));
    rollouts.goTo(1);
    expect(rollouts.current?.step).toBe(2);
    for (let step = 4; step <= 40; step++) rollouts.add(large(step));
    expect(rollouts.bytes).toBeLessThanOrEqual(ROLLOUT_BUDGET);
    expect(rollouts.list.map(({ step }) => step)).not.toContain(2);
    expect([rollouts.following, rollouts.current?.step]).toEqual([true, 40]);
  });

  it('goes to the nearest remembered step and stays there, even at the newest', () => {
    const { rollouts } = running();
    rollouts.goToStep(4);
    expect(rollouts.current).toBeUndefined();
    for (const step of [2, 6, 9]) rollouts.add(rollout(step));
    const found = [1, 4, 5, 9, 50].map((step) => {
      rollouts.goToStep(step);
      return rollouts.current?.step;
    });
    expect(found).toEqual([2, 2, 6, 9, 9]);
    rollouts.add(rollout(10));
    expect(rollouts.current?.step).toBe(9);
  });

  it('follows again when a pin is let go of, unless the user has moved on since', () => {
    const { rollouts } = running();
    for (const step of [2, 6, 9]) rollouts.add(rollout(step));
    rollouts.hold(6);
    expect([rollouts.current?.step, rollouts.following]).toEqual([6, false]);
    rollouts.hold(null);
    expect([rollouts.current?.step, rollouts.following]).toEqual([9, true]);
    rollouts.hold(6);
    rollouts.goTo(0);
    rollouts.hold(null);
    expect([rollouts.current?.step, rollouts.following]).toEqual([2, false]);
  });

  it('tells which pinned step is not kept, until it comes or the user goes elsewhere', () => {
    const { rollouts } = running();
    for (const step of [2, 6, 9]) rollouts.add(rollout(step));
    rollouts.hold(7);
    expect([rollouts.missing, rollouts.current?.step]).toEqual([{ step: 7, dropped: false }, 6]);
    rollouts.hold(6);
    expect(rollouts.missing).toBeNull();
    rollouts.hold(11);
    expect([rollouts.missing?.step, rollouts.current?.step]).toEqual([11, 9]);
    rollouts.add(rollout(11));
    expect([rollouts.missing, rollouts.current?.step]).toEqual([null, 11]);
    rollouts.hold(3);
    rollouts.goTo(0);
    expect(rollouts.missing).toBeNull();
  });

  it('shows what is nearest to a pinned step that had to go, and counts all that came', () => {
    const { rollouts } = running();
    const large = (step: number) => rollout(step, [group(0, 2_000_000)]);
    for (const step of [1, 2, 3]) rollouts.add(large(step));
    rollouts.hold(2);
    expect([rollouts.missing, rollouts.count]).toEqual([null, 3]);
    for (let step = 4; step <= 40; step++) rollouts.add(large(step));
    expect(rollouts.list.length).toBeLessThan(40);
    expect(rollouts.missing).toEqual({ step: 2, dropped: true });
    expect([rollouts.current?.step, rollouts.count]).toEqual([1, 40]);
  });

  it('drops later steps when a resumed run samples a step again', () => {
    const { rollouts } = running();
    for (const step of [1, 2, 3, 2]) rollouts.add(rollout(step));
    expect(rollouts.list.map(({ step }) => step)).toEqual([1, 2]);
    expect(rollouts.count).toBe(2);
  });

  it('holds a prompt against itself at another step, as long as both are there', () => {
    const { rollouts } = running();
    rollouts.add(rollout(1, [group(4), group(5)]));
    rollouts.add(rollout(2, [group(6)]));
    rollouts.add(rollout(3, [group(5), group(4)]));
    expect(rollouts.others.map((other) => other.rollout.step)).toEqual([1]);
    rollouts.compareWith(1);
    expect(rollouts.compared?.group.promptIndex).toBe(5);
    rollouts.showGroup(1);
    expect(rollouts.compared?.group.promptIndex).toBe(4);
    rollouts.goTo(1);
    expect([rollouts.others, rollouts.compared]).toEqual([[], undefined]);
    rollouts.clear();
    expect(rollouts.compared).toBeUndefined();
  });

  it('goes to a group and stays there, be its prompt in the step twice; says when it is gone', () => {
    const { rollouts } = running();
    const twice = [group(5), group(5)];
    rollouts.add(rollout(1, [group(4), ...twice]));
    rollouts.add(rollout(2, [group(6)]));
    expect(rollouts.show(twice[1]!)).toBe(true);
    expect(rollouts.current?.step).toBe(1);
    expect(rollouts.group).toBe(twice[1]);
    expect(rollouts.show(group(5))).toBe(false);
    expect(rollouts.current?.step).toBe(1);
  });
});
