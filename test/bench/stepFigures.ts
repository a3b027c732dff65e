/**
 * Times and counts the pieces of one workload, once with our kernels and once with the reference
 * composition. Which device executes it is not its business: on Dawn's null backend the same times
 * are JavaScript alone.
 */
import * as tf from '@tensorflow/tfjs-core';
import { leaveOutKernels } from '../../models/ops/hasKernel.ts';
import { disposeLearner, type Learner } from '../../src/rft/learner.ts';
import { countGpu, type GpuCounts } from './gpuCounts.ts';
import { liveBytes } from './gpuMeter.ts';
import { bestMs } from './timing.ts';
import {
  learnerOf,
  sampleOnce,
  stepOnce,
  trainingFlops,
  trainingTokens,
  trainOnce,
  type Workload,
} from './workloads.ts';

export interface Piece extends GpuCounts {
  ms: number;
}

export interface StepFigures {
  rollout: Piece;
  /** By which one more token adds to the rollout. */
  token: Piece;
  training: Piece;
  step: Piece;
  /** What a training pass comes to. */
  tokensTrained: number;
  flops: number;
  /** After the work: tfjs' tensors, and all buffers of the device (null: not the whole work). */
  tensorBytes: number;
  liveBytes: number | null;
}

export interface Thoroughness {
  /** One timed run of each, after a small one that warms up. */
  once: boolean;
  /** Works the figures out from short rollouts and few rows, for what is very slow. */
  shortened: boolean;
}

export type Path = 'ours' | 'reference';

const keys = ['ms', 'dispatches', 'submits', 'readbacks'] as const;

const combine = (a: Piece, b: Piece, how: (x: number, y: number) => number): Piece =>
  Object.fromEntries(keys.map((key) => [key, how(a[key], b[key])])) as unknown as Piece;

/** One counted run after the warm-up, and the best time of it and, unless `once`, of several. */
async function measured(work: () => Promise<unknown>, once: boolean): Promise<Piece> {
  const best = once ? Infinity : await bestMs(work);
  let ms = 0;
  const counts = await countGpu(async () => {
    const start = performance.now();
    await work();
    ms = performance.now() - start;
  });
  return { ...counts, ms: Math.min(best, ms) };
}

/** What a shortened measurement goes by. */
const shortTokens = 4;
const shortRows = 8;
export const shortenedTo = `rollouts of 1 and ${shortTokens} tokens and a training pass over ${shortRows} rows`;

async function rolloutFigures(
  learner: Learner,
  { once, shortened }: Thoroughness,
): Promise<{ rollout: Piece; token: Piece }> {
  const { maxCompletionLength: tokens, generationBatchSize: all } = learner.config;
  const longer = shortened ? shortTokens : tokens;
  await sampleOnce(learner, 2, shortened ? shortRows : all); // warms up
  const one = await measured(() => sampleOnce(learner, 1), once);
  const many = await measured(() => sampleOnce(learner, longer), once);
  const token = combine(one, many, (x, y) => (y - x) / (longer - 1));
  const rollout = combine(one, token, (x, y) => x + y * (tokens - 1));
  return { rollout: shortened ? rollout : many, token };
}

/** Of a shortened pass only the time is scaled up, so it must be a single micro-batch. */
async function trainingFigures(
  learner: Learner,
  { once, shortened }: Thoroughness,
): Promise<Piece> {
  const all = learner.config.generationBatchSize;
  const rows = shortened ? shortRows : all;
  if (once) await trainOnce(learner, shortRows); // warms up
  const piece = await measured(() => trainOnce(learner, rows), once);
  return { ...piece, ms: (piece.ms * all) / rows };
}

/** From now on the active backend goes this way. */
export function takePath(path: Path): void {
  // Only our own kernels are ever asked for by name, so all names are as good as ours.
  const all = tf.getKernelsForBackend(tf.getBackend()).map(({ kernelName }) => kernelName);
  leaveOutKernels(path === 'ours' ? [] : all);
}

/** Figures of a workload on the active backend, which should be fresh. */
export async function stepFigures(
  workload: Workload,
  path: Path,
  thoroughness: Thoroughness,
): Promise<StepFigures> {
  takePath(path);
  const learner = learnerOf(workload);
  const { once, shortened } = thoroughness;
  if (!once) for (let i = 0; i < 2; i++) await stepOnce(learner); // V8 takes its time
  const rolled = await rolloutFigures(learner, thoroughness);
  const training = await trainingFigures(learner, thoroughness);
  const step = shortened
    ? combine(rolled.rollout, training, (x, y) => x + y)
    : await measured(() => stepOnce(learner), once);
  const { numBytesInGPU = 0 } = tf.memory() as tf.MemoryInfo & { numBytesInGPU?: number };
  const sums = {
    tokensTrained: trainingTokens(learner),
    flops: trainingFlops(learner),
    tensorBytes: numBytesInGPU,
    liveBytes: shortened ? null : liveBytes(),
  };
  takePath('ours');
  disposeLearner(learner);
  return { ...rolled, training, step, ...sums };
}
