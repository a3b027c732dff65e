/** The Lab around recorded runs: when one plays, what ends it, and where it is all there is. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { CodedError } from '../../models/errors.ts';
import { defaultConfig, parseConfig } from '../../src/rft/config.ts';
import { encodeLink } from '../../src/rft/link.ts';
import { Lab } from '../../src/session/lab.svelte.ts';
import type { CheckpointInfo, RunInfo } from '../../src/session/protocol.ts';
import type { TrainerClient } from '../../src/session/trainerClient.ts';

const bytes = new Uint8Array(readFileSync(join(import.meta.dirname, 'fixtures/recording.run')));
const fetched: string[] = [];

/** A browser with a finger on a small screen, without storage, where motion is reduced. */
beforeEach(() => {
  fetched.length = 0;
  vi.stubGlobal('matchMedia', () => ({ matches: true }));
  vi.stubGlobal('screen', { width: 360, height: 740 });
  vi.stubGlobal('navigator', {});
  vi.stubGlobal('document', { hidden: false });
  vi.stubGlobal('fetch', (url: string) => {
    fetched.push(url);
    return Promise.resolve(new Response(bytes));
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
});

test('a first visit plays the recorded run; what is shown is not the page’s own', async () => {
  const lab = new Lab();
  await lab.open('');
  expect(fetched).toEqual(['recordings/calculatorChain.run']);
  expect([lab.state.step, lab.live, lab.can.run]).toEqual([6, false, true]);
  expect(lab.recipe.config?.policy).toBe('base-0.1M');
  lab.chooseTask('countdown');
  await vi.waitFor(() => {
    expect(fetched).toEqual(['recordings/calculatorChain.run', 'recordings/countdown.run']);
  });
  lab.stopWatching();
  expect(lab.state.config).toBeNull();
  lab.chooseTask('adjudication');
  expect(fetched).toHaveLength(2);
});

test('a link plays nothing; an empty or damaged one is the recipe for this device', async () => {
  const lab = new Lab();
  const { config } = parseConfig({ ...defaultConfig, seed: 9 });
  await lab.open(`#${encodeLink(config!)}`);
  expect(fetched).toEqual([]);
  expect(lab.recipe.config).toEqual(config);
  lab.openLink('#v1.damaged');
  expect(lab.linkProblem).toContain('damaged');
  expect(lab.recipe.config).toEqual({ ...defaultConfig, policy: 'base-0.1M' });
});

test('a run in progress keeps its recipe; only a named recipe is refused aloud', () => {
  const lab = new Lab();
  lab.state.begin(defaultConfig);
  lab.state.receive({ type: 'state', state: 'running' });
  expect([lab.openLink('#'), lab.linkProblem]).toEqual([false, null]);
  expect(lab.openLink(`#${encodeLink(defaultConfig)}`)).toBe(false);
  expect(lab.linkProblem).toContain('A run is in progress');
  lab.state.receive({ type: 'state', state: 'idle' });
  expect([lab.openLink('#'), lab.linkProblem]).toEqual([true, null]);
});

test('where no backend starts, the recorded run is offered and can be watched', async () => {
  const lab = new Lab();
  lab.state.begin(defaultConfig);
  const failure = { code: 'no-wasm', message: 'The WebAssembly backend did not start.' };
  lab.state.receive({ type: 'failure', failure });
  lab.state.receive({ type: 'state', state: 'failed' });
  expect(lab.canOnlyWatch).toBe(true);
  await lab.watch();
  expect([lab.state.failure, lab.state.trainer, lab.state.step]).toEqual([null, 'idle', 6]);
  lab.state.receive({ type: 'failure', failure: { ...failure, code: 'diverged' } });
  lab.state.receive({ type: 'state', state: 'failed' });
  expect(lab.canOnlyWatch).toBe(false);
});

test('a recording that is asked for and missing is said to be', async () => {
  const lab = new Lab();
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(null, { status: 404 })));
  await lab.open('');
  expect(lab.playback.problem).toBeNull();
  await lab.watch();
  expect(lab.playback.problem).toContain('No run of this task has been recorded');
});

test('rows that a shared link may name are to stay in this browser', async () => {
  const lab = new Lab();
  lab.recipe.chooseTask('own');
  await lab.ownData.useExample();
  const named = vi.spyOn(lab.ownData, 'name');
  expect(lab.share('https://host/page')?.url).toMatch(/^https:\/\/host\/page#v/);
  expect(named).toHaveBeenCalledWith(lab.ownData.rows);
});

test('a remedy is the recipe of a new run: what is in force now, and the remedy on top', () => {
  const lab = new Lab();
  const changes = [
    { step: 3, learningRate: 1e-3 },
    { step: 9, temperature: 2 },
  ];
  const { config } = parseConfig({ ...defaultConfig, seed: 9, changes });
  lab.state.begin(config!);
  lab.state.receive({ type: 'metrics', rows: [{ step: 5, values: {} }], history: false });
  void lab.applyRemedy({ numGenerations: 16, generationBatchSize: 128 }, false);
  expect(lab.recipe.config).toEqual({
    ...defaultConfig,
    seed: 9,
    learningRate: 1e-3,
    numGenerations: 16,
    generationBatchSize: 128,
  });
  void lab.applyRemedy({ beta: 0.05 }, true); // no run is going that could be changed
  expect(lab.recipe.config?.beta).toBe(0.05);
});

test('a change that the trainer refuses leaves the run as it was, and says why', async () => {
  const lab = new Lab();
  const refusal = new CodedError('bad-change', 'No step is left for it to take effect.');
  const change = vi.fn(() => Promise.reject(refusal));
  vi.spyOn(lab.line, 'trainer', 'get').mockReturnValue({ change } as unknown as TrainerClient);
  lab.state.begin(defaultConfig);
  lab.state.receive({ type: 'state', state: 'running' });
  expect(await lab.applyRemedy({ beta: 0.05 }, true)).toBe(refusal.message);
  lab.changes.begin(defaultConfig, 0);
  lab.changes.edits.set('beta', '0.05');
  lab.applyChanges();
  expect(lab.changes.sent).toBe(true);
  await vi.waitFor(() => expect(lab.changes.problem).toBe(refusal.message));
  expect(change).toHaveBeenCalledTimes(2);
  expect([lab.state.trainer, lab.state.failure, lab.changes.sent]).toEqual([
    'running',
    null,
    false,
  ]);
});

test('code typed for a run on its way, or for a fork, is known when it comes back', () => {
  vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => undefined });
  const lab = new Lab();
  const trainer = { change: vi.fn(() => Promise.resolve()), fork: vi.fn(() => Promise.resolve()) };
  vi.spyOn(lab.line, 'trainer', 'get').mockReturnValue(trainer as unknown as TrainerClient);
  const coded = (source: string) =>
    parseConfig({
      ...defaultConfig,
      rewards: [{ kind: 'code', name: 'mine', source, range: [0, 1] }],
    }).config!;
  const isKnown = (source: string): boolean => {
    const go = vi.fn();
    lab.consent.meet(coded(source));
    lab.consent.before(coded(source), go);
    lab.consent.answer(false);
    return go.mock.calls.length === 1;
  };
  expect(isKnown('elsewhere')).toBe(false);
  lab.state.begin(defaultConfig);
  lab.state.receive({ type: 'state', state: 'running' });
  lab.changes.begin(defaultConfig, 0);
  lab.changes.edits.set('rewards', coded('changed').rewards);
  lab.applyChanges();
  expect(trainer.change).toHaveBeenCalledOnce();
  lab.state.receive({ type: 'state', state: 'idle' });
  const run = { id: 'one', config: defaultConfig } as RunInfo;
  lab.fork(run, 'checkpoint', coded('forked'));
  expect(trainer.fork).toHaveBeenCalledOnce();
  expect([isKnown('changed'), isKnown('forked')]).toEqual([true, true]);
  lab.fork(run, 'checkpoint', coded('elsewhere'));
  expect([trainer.fork.mock.calls.length, lab.consent.asked?.length]).toEqual([1, 1]);
});

test('a stored run that is opened or gone on with has all its checkpoints on the charts', () => {
  const run = { id: 'one', config: defaultConfig, step: 30 } as RunInfo;
  const stored = [10, 20, 30].map((step) => ({ runId: run.id, step }) as CheckpointInfo);
  const shown = (show: (lab: Lab) => void): readonly number[] => {
    const lab = new Lab();
    const trainer = { resume: () => Promise.resolve() };
    vi.spyOn(lab.line, 'trainer', 'get').mockReturnValue(trainer as unknown as TrainerClient);
    vi.spyOn(lab.checkpoints, 'refresh').mockImplementation(() => {
      lab.checkpoints.all = [...stored, { ...stored[0]!, runId: 'other', step: 5 }];
      return Promise.resolve();
    });
    show(lab);
    return lab.checkpointSteps;
  };
  expect(shown((lab) => void lab.openRun(run))).toEqual([10, 20, 30]);
  expect(shown((lab) => lab.resume(run))).toEqual([10, 20, 30]);
});

test('work beside no run can be cancelled: it says nothing, and a run can start', async () => {
  const lab = new Lab();
  let end: (reason: Error) => void = () => undefined;
  const work = new Promise<never>((_, reject) => (end = reject));
  const pending = (): Promise<never> => work;
  const trainer = { dryRun: pending, measure: pending };
  vi.spyOn(lab.line, 'trainer', 'get').mockReturnValue(trainer as unknown as TrainerClient);
  const close = vi.spyOn(lab.line, 'close').mockImplementation(() => {
    end(new CodedError('worker-closed', 'The trainer was closed.'));
  });
  lab.measure();
  lab.dryRun();
  expect([lab.dry.busy, lab.measurements.busy, lab.can.run]).toEqual([true, true, false]);
  lab.cancel();
  expect(close).toHaveBeenCalledOnce();
  await vi.waitFor(() => expect(lab.can.run).toBe(true));
  expect([lab.dry.busy, lab.dry.problem, lab.measurements.busy]).toEqual([false, null, false]);
  expect([lab.state.failure, lab.state.trainer]).toEqual([null, 'idle']);
  lab.state.begin(defaultConfig);
  lab.state.receive({ type: 'state', state: 'paused' });
  lab.cancel(); // its worker holds the run
  expect(close).toHaveBeenCalledOnce();
});

test('a race is not started beside other work that has the device', () => {
  const lab = new Lab();
  expect(lab.can.race).toBe(true);
  for (const work of [lab.measurements, lab.dry]) {
    work.busy = true;
    expect(lab.can.race).toBe(false);
    lab.startRace();
    expect(lab.race.lanes).toEqual([]);
    work.busy = false;
  }
  lab.recipe.set('maxSteps', '-1');
  expect(lab.can.race).toBe(false);
});

test('while a race goes or is paused the device is the race’s', () => {
  const lab = new Lab();
  const now = () => {
    const { run, dryRun, take, ask } = lab.can;
    return { run, dryRun, take, ask };
  };
  const [all, none] = [true, false].map((can) => ({ run: can, dryRun: can, take: can, ask: can }));
  expect(now()).toEqual(all);
  for (const status of ['going', 'paused'] as const) {
    lab.race.status = status;
    expect(now()).toEqual(none);
    lab.sameAgain({ config: { ...defaultConfig, level: 1 } } as RunInfo);
  }
  expect(lab.recipe.config?.level).toBe(defaultConfig.level);
  lab.race.status = 'over';
  expect(now()).toEqual(all);
  lab.state.receive({ type: 'state', state: 'paused' }); // of a run: it can be asked on the way
  expect(now()).toEqual({ ...all, take: false });
});
