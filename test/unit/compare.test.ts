/** Choosing runs to compare, reading their metrics, and setting up a fork, on a store in memory. */
import { expect, test } from 'vitest';
import type { RunConfig } from '../../src/rft/configTable.ts';
import { Compare, MOST_RUNS } from '../../src/session/compare.svelte.ts';
import { ForkDraft } from '../../src/session/forkDraft.svelte.ts';
import { LabState } from '../../src/session/labState.svelte.ts';
import type { CheckpointInfo, RunInfo, StepMetrics } from '../../src/session/protocol.ts';
import { RunList } from '../../src/session/runList.svelte.ts';
import { tinyConfig } from './tinyPolicy.ts';

function info(id: string, changes: Partial<RunInfo> = {}): RunInfo {
  const backend = { backend: 'cpu', device: 'test' } as const;
  const times = { createdAt: 0, updatedAt: 1 };
  const state = { step: 4, finished: true, evalGreedy: null, bytes: 0 };
  return { id, name: `run ${id}`, config: tinyConfig(), backend, ...times, ...state, ...changes };
}

const rowsOf = (...seconds: number[]): StepMetrics[] =>
  seconds.map((time, i) => ({ step: i + 1, values: { step_time: time, reward: time / 10 } }));

/** A list of runs, the page's state, and a store that says what was read of it. */
function surroundings(runs: RunInfo[], stored: Record<string, StepMetrics[]> = {}) {
  const reads: string[] = [];
  const metrics = (id: string) => {
    reads.push(id);
    const rows = stored[id];
    return rows ? Promise.resolve(rows) : Promise.reject(new Error(`no run ${id}`));
  };
  const sources = { runs: new RunList(), state: new LabState() };
  sources.runs.runs = runs;
  const compare = new Compare(sources, () => Promise.resolve({ metrics }));
  return { compare, reads, stored, sources };
}

test('the two newest at first; then what was chosen, with letters in the order of choice', () => {
  const runs = [info('a'), info('empty', { step: 0 }), info('b'), info('c')];
  const { compare } = surroundings(runs);
  expect(compare.runs.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
  expect(compare.chosen).toEqual(['a', 'b']);
  compare.toggle(runs[0]!);
  compare.toggle(runs[3]!);
  expect(compare.chosen).toEqual(['b', 'c']);
  expect(runs.map((run) => compare.letter(run))).toEqual([null, null, 'A', 'B']);
});

test('no more than can be told apart', () => {
  const runs = Array.from({ length: MOST_RUNS + 1 }, (_, i) => info(String(i)));
  const { compare } = surroundings(runs);
  for (const run of runs.slice(2)) compare.toggle(run);
  expect([compare.full, compare.chosen.length]).toEqual([true, MOST_RUNS]);
  expect(compare.letter(runs.at(-1)!)).toBeNull();
});

test('each run is read once, again when it has gone on, and its rows where it is chosen', async () => {
  const runs = [info('a'), info('b'), info('c')];
  const stored = { a: rowsOf(1, 2), b: rowsOf(3), c: rowsOf(4, 4) };
  const { compare, reads, sources } = surroundings(runs, stored);
  expect(compare.seconds(runs[0]!)).toBeNull();
  await compare.refresh();
  expect(runs.map((run) => compare.seconds(run))).toEqual([3, 3, 8]);
  expect(compare.compared.map(({ rows }) => rows)).toEqual([stored.a, stored.b]);
  await compare.refresh();
  expect(reads).toEqual(['a', 'b', 'c']);
  compare.toggle(runs[2]!);
  expect(compare.compared[2]!.rows).toEqual([]);
  await compare.refresh();
  expect(reads).toEqual(['a', 'b', 'c', 'c']);
  expect(compare.compared[2]!.rows).toBe(stored.c);
  const [first, ...others] = runs;
  stored.a = rowsOf(1, 2, 3);
  sources.runs.runs = [{ ...first!, updatedAt: 2 }, ...others];
  await compare.refresh();
  expect(reads).toEqual(['a', 'b', 'c', 'c', 'a']);
  expect(compare.compared[0]!.rows).toBe(stored.a);
});

test('what cannot be read is said, and read when asked again', async () => {
  const { compare, stored } = surroundings([info('a')]);
  await compare.refresh();
  expect(compare.problem).toBe('no run a');
  stored['a'] = rowsOf(1);
  await compare.refresh();
  expect([compare.problem, compare.seconds(info('a'))]).toEqual([null, 1]);
});

test('the run at hand comes from the page, while it moves', () => {
  const run = info('live', { step: 0 });
  const { compare, sources } = surroundings([run]);
  expect(compare.runs).toEqual([]);
  sources.state.receive({ type: 'run', run });
  sources.state.receive({ type: 'metrics', rows: rowsOf(1, 2), history: true });
  expect(compare.seconds(run)).toBe(3);
  expect(compare.compared[0]!.rows).toHaveLength(2);
  expect(compare.bands.map(({ label }) => label)).toEqual(['A: run live']);
});

test('differences are those of the chosen', () => {
  const runs = [info('a'), info('b', { config: tinyConfig({ learningRate: 0.02 }) }), info('c')];
  const { compare } = surroundings(runs);
  expect(compare.differences.map(({ label }) => label)).toEqual(['Learning rate']);
  compare.toggle(runs[1]!);
  expect(compare.differences).toEqual([]);
});

const checkpoint = (step: number): CheckpointInfo => ({
  ...{ id: `a:${step}`, runId: 'a', step, reason: 'interval', bytes: 1, createdAt: 0 },
});

async function draft(config: RunConfig, steps: number[]): Promise<ForkDraft> {
  const open = () =>
    Promise.resolve({
      listCheckpoints: () => Promise.resolve(steps.map(checkpoint)),
      close: () => undefined,
    });
  const one = new ForkDraft(info('a', { config }), undefined, open);
  await one.begin();
  return one;
}

test('a fork’s form holds what holds at the checkpoint; its edits become the recipe', async () => {
  const config = tinyConfig({ changes: [{ step: 3, temperature: 1.3 }] });
  const fork = await draft(config, [4, 3, 2, 1]); // step 4 is the last one: nothing follows it
  expect(fork.checkpoints.map(({ step }) => step)).toEqual([3, 2, 1]);
  expect(fork.edits.draft.temperature).toBe('1.3');
  expect([fork.words, fork.plan?.config]).toEqual(['', config]);
  fork.choose('a:1');
  expect(fork.edits.draft.temperature).toBe('1');
  fork.edits.set('learningRate', '0.02');
  expect(fork.words).toBe('Learning rate 0.01 → 0.02');
  expect(fork.recipe).toMatchObject({ learningRate: 0.02, temperature: 1 });
  expect(fork.plan?.config?.changes).toEqual([
    { step: 2, learningRate: 0.02 },
    { step: 3, temperature: 1.3 },
  ]);
  fork.edits.set('learningRate', 'x');
  expect([fork.plan, fork.recipe]).toEqual([null, null]);
});

test('without a checkpoint there is nothing to fork, and it says so', async () => {
  const fork = await draft(tinyConfig(), []);
  expect(fork.problem).toContain('no checkpoint');
  expect([fork.plan, fork.recipe]).toEqual([null, null]);
});
