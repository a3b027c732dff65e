/**
 * Runs whose worker is killed again and again while it writes a checkpoint: the real worker, a real
 * IndexedDB, `terminate()` at seeded moments. Gives what was found after every kill; it expects
 * nothing itself.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import * as comlink from 'comlink';
import { randomUniform } from '../../models/philox.ts';
import { parseConfig } from '../../src/rft/config.ts';
import type { RunConfig } from '../../src/rft/configTable.ts';
import type { StepMetrics, TrainerApi, TrainerEvent } from '../../src/session/protocol.ts';
import type { RunStore } from '../../src/storage/runStore.ts';

/** Steps between two checkpoints. */
export const INTERVAL = 2;

/** A kill comes up to so many times as late as a checkpoint takes to be written here. */
const LATEST = 2;

export const config: RunConfig = (() => {
  const { config: parsed, problems } = parseConfig({
    policy: 'base-0.1M',
    device: 'portable',
    numPrompts: 4,
    generationBatchSize: 16,
    numGenerations: 8,
    maxCompletionLength: 12,
    numEvalPrompts: 2,
    numEvalGenerations: 1,
    maxSteps: 12,
    saveSteps: INTERVAL,
    evalSteps: 12,
    warmupSteps: 1,
    learningRate: 0.003,
  });
  if (!parsed) throw new Error(`internal: ${JSON.stringify(problems)}`);
  return parsed;
})();

const SEED = 41;

interface Session {
  worker: Worker;
  api: comlink.Remote<TrainerApi>;
}

async function openWorker(listen: (event: TrainerEvent) => void): Promise<Session> {
  const worker = new Worker(new URL('../../workers/trainer.worker.ts', import.meta.url), {
    type: 'module',
  });
  const api = comlink.wrap<TrainerApi>(worker);
  await api.open(comlink.proxy(listen));
  return { worker, api };
}

/** Busy, so that the moment is not rounded to the turns of the event loop. */
function waitExactly(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

/** Starts or resumes, and lets it go until the `nth` checkpoint is being written, or the end. */
async function drive(runId: string | null, nth: number | null, delay: number) {
  let seen = 0;
  let writing: number | null = null;
  let id = runId;
  let worker: Worker | null = null;
  let begun = 0;
  const savings: number[] = [];
  const done = new Promise<'killed' | 'finished'>((resolve, reject) => {
    const listen = (event: TrainerEvent): void => {
      if (event.type === 'run') ({ id } = event.run);
      if (event.type === 'failure') reject(new Error(event.failure.message));
      if (event.type === 'finished') resolve('finished');
      if (event.type === 'checkpoint') savings.push(performance.now() - begun);
      if (event.type === 'phase' && event.phase === 'saving') begun = performance.now();
      if (event.type !== 'phase' || event.phase !== 'saving' || ++seen !== nth) return;
      writing = event.step;
      waitExactly(delay);
      worker?.terminate();
      resolve('killed');
    };
    openWorker(listen)
      .then(async (session) => {
        ({ worker } = session);
        if (runId === null) await session.api.start(config);
        else await session.api.resume(runId);
      })
      .catch(reject);
  });
  const how = await done;
  (worker as Worker | null)?.terminate();
  return { how, runId: id!, writing, savings };
}

async function digestOf(store: RunStore, runId: string, id?: string) {
  const { checkpoint, damaged } = await store.loadCheckpoint(runId, id);
  return { step: checkpoint.step, digest: bytesToHex(sha256(checkpoint.tensors)), damaged };
}

/** A row without what the clock decides. */
const lasting = ({ step, values }: StepMetrics): string =>
  JSON.stringify([
    step,
    Object.entries(values).filter(([key]) => !['step_time', 'eval_time'].includes(key)),
  ]);

const rowsOf = async (store: RunStore, runId: string): Promise<string[]> =>
  (await store.metrics(runId)).map(lasting);

export interface Reference {
  /** Of the tensors, by step. */
  digests: ReadonlyMap<number, string>;
  rows: readonly string[];
  /** Of each step. */
  gradNorms: readonly number[];
  /** Milliseconds that it took to write a checkpoint, the median. */
  saving: number;
}

/** The same run, not interrupted. */
export async function reference(store: RunStore): Promise<Reference> {
  const { runId, savings } = await drive(null, null, 0);
  const saving = savings.sort((a, b) => a - b)[savings.length >> 1]!;
  const digests = new Map<number, string>();
  for (const { id, step } of await store.listCheckpoints(runId)) {
    digests.set(step, (await digestOf(store, runId, id)).digest);
  }
  const rows = await store.metrics(runId);
  const gradNorms = rows.filter(({ step }) => step > 0).map((row) => row.values['grad_norm'] ?? 0);
  return { digests, rows: rows.map(lasting), gradNorms, saving };
}

export interface Kill {
  /** The step whose checkpoint was being written. */
  writing: number;
  /** The step that is gone on from; 0 when the first checkpoint did not make it. */
  from: number;
  digest: string | null;
  damaged: readonly string[];
  rows: readonly string[];
}

export interface KilledRun {
  kills: readonly Kill[];
  digest: string;
  rows: readonly string[];
}

async function afterKill(store: RunStore, runId: string, writing: number): Promise<Kill> {
  const checkpoints = await store.listCheckpoints(runId);
  const rows = await rowsOf(store, runId);
  if (checkpoints.length === 0) return { writing, from: 0, digest: null, damaged: [], rows };
  const { step, digest, damaged } = await digestOf(store, runId);
  return { writing, from: step, digest, damaged, rows };
}

/** One run to its end, killed in between while `next` gives moments. */
export async function killedRun(
  store: RunStore,
  next: () => { nth: number; delay: number } | null,
): Promise<KilledRun> {
  const kills: Kill[] = [];
  let runId: string | null = null;
  for (;;) {
    const moment = next();
    const driven = await drive(runId, moment?.nth ?? null, moment?.delay ?? 0);
    ({ runId } = driven);
    if (driven.how === 'finished') break;
    const kill = await afterKill(store, runId, driven.writing!);
    kills.push(kill);
    if (kill.from === 0) runId = null; // nothing to go on from: it begins anew
  }
  const { digest } = await digestOf(store, runId);
  return { kills, digest, rows: await rowsOf(store, runId) };
}

/** Seeded moments: which checkpoint from the resume on, and how long after it was begun. */
export function seededMoments(saving: number): (index: number) => { nth: number; delay: number } {
  const draw = (index: number, which: number): number =>
    randomUniform(SEED, 'initialWeights', index, which, 0);
  return (index) => ({
    nth: draw(index, 0) < 0.7 ? 1 : 2,
    delay: LATEST * saving * draw(index, 1),
  });
}
