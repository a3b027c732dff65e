/**
 * What exporting and importing a large run costs, in Node: the largest that a file may hold, forty
 * checkpoints of the default policy, and as many completions as a page keeps. Memory is what the
 * process holds beyond the run itself and the file, sampled at every report of progress.
 */
import process from 'node:process';
import { parameterShapes } from '../../models/parameters.ts';
import { writeSafetensors, type NamedArray } from '../../models/safetensors.ts';
import { defaultConfig } from '../../src/rft/config.ts';
import { blobSource } from '../../workers/archive/byteSource.ts';
import { exportFile } from '../../workers/archive/exportRun.ts';
import { importRun } from '../../workers/archive/importRun.ts';
import { readRunArchive } from '../../workers/archive/runArchive.ts';
import { createMemoryStore } from '../../workers/memoryStore.ts';
import { readPolicyFrom } from '../../workers/node.ts';
import type { BasePolicy } from '../../workers/activeRun.ts';
import { printTable } from './table.ts';

const CHECKPOINTS = 40;
const ROLLOUT_BYTES = 100e6;
const RUN = 'large';

/** Weights and moments of a checkpoint; each step's differ. */
function checkpointBytes({ folder }: BasePolicy, step: number): Uint8Array {
  const sizes = [...parameterShapes(folder.config).values()].map((shape) =>
    shape.reduce((product, side) => product * side, 1),
  );
  const total = Math.ceil(sizes.reduce((sum, size) => sum + size, 0) / 512) * 512;
  const moment = (scale: number): NamedArray => ({
    shape: [total],
    data: Float32Array.from({ length: total }, (_, i) => scale * Math.sin(i + step)),
  });
  return writeSafetensors(
    new Map([...folder.tensors, ['optimizer.m', moment(1e-3)], ['optimizer.v', moment(1e-6)]]),
    { step: String(step), prompt_cursor: '8', num_tokens: '100', updates: String(step) },
  );
}

async function largeRun(base: BasePolicy) {
  const store = createMemoryStore();
  const backend = { backend: 'wasm', device: 'bench' } as const;
  const config = defaultConfig;
  const known = { config, policyHash: base.hash, backend };
  const state = { step: 0, finished: false, evalGreedy: null, bytes: 0 };
  const times = { createdAt: 1000, updatedAt: 1000 };
  await store.createRun({ id: RUN, name: 'large run', ...known, ...state, ...times });
  for (let step = 1; step <= CHECKPOINTS; step++) {
    await store.saveCheckpoint(
      {
        ...{ runId: RUN, step, reason: 'interval', createdAt: 1000, ...known },
        ...{ rngCounters: { seed: config.seed, step }, promptCursor: 8, bestEval: null },
        tensors: checkpointBytes(base, step),
      },
      [{ step, values: { reward: step / CHECKPOINTS } }],
      { step, finished: false, evalGreedy: null, updatedAt: 1000 },
    );
  }
  return store;
}

/** JSON Lines with the entropy of real ones: mostly log-probabilities in full precision. */
function rolloutLines(): Blob {
  const line = (i: number): string =>
    `${JSON.stringify({ step: i, logps: Array.from({ length: 48 }, (_, j) => Math.sin(i * 48 + j)) })}\n`;
  const parts: string[] = [];
  for (let bytes = 0; bytes < ROLLOUT_BYTES; bytes += parts.at(-1)!.length) {
    parts.push(line(parts.length));
  }
  return new Blob(parts);
}

async function timed<T>(work: (sample: () => void) => Promise<T>) {
  const held = (): number => {
    const { arrayBuffers, heapUsed } = process.memoryUsage();
    return arrayBuffers + heapUsed;
  };
  const before = held();
  const begin = performance.now();
  let most = before;
  const value = await work(() => (most = Math.max(most, held())));
  return { value, seconds: (performance.now() - begin) / 1000, megabytes: (most - before) / 1e6 };
}

export async function benchArchive(): Promise<void> {
  const loadPolicy = (name: string) => readPolicyFrom('public/policies', name);
  const store = await largeRun(await loadPolicy(defaultConfig.policy));
  const rollouts = { lines: rolloutLines(), steps: CHECKPOINTS, note: '' };
  const request = { kind: 'run', runId: RUN, checkpoints: 'all', rollouts } as const;
  const written = await timed((sample) => exportFile({ store, loadPolicy }, request, sample));
  const { file } = written.value;
  const read = await timed((sample) => readRunArchive(blobSource(file), loadPolicy, sample));
  const put = await timed(() => importRun(createMemoryStore(), read.value, () => 'copy'));
  printTable(`a run of ${CHECKPOINTS} checkpoints and ${ROLLOUT_BYTES / 1e6} MB of completions`, [
    ['file', file.size / 1e6, 'MB'],
    ['written', written.seconds, 's'],
    ['memory, writing', written.megabytes, 'MB'],
    ['read and checked', read.seconds, 's'],
    ['memory, reading (the run itself is held)', read.megabytes, 'MB'],
    ['stored, in memory', put.seconds, 's'],
  ]);
}
