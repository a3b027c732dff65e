/**
 * The two ways of a rollout (models/webgpu/rolloutWay.ts), the whole way with several numbers of
 * lanes. They take turns, so that a neighbour disturbs all alike, and the best turn of each counts.
 * What a device is fastest with belongs into that table; a dispatch must stay below 100 ms.
 */
import {
  forceRolloutWay,
  rolloutWays,
  wholeOf,
  type WholeCut,
} from '../../models/webgpu/rolloutWay.ts';
import { activeGpu } from '../../models/webgpu/tfjsGpu.ts';
import { disposeLearner } from '../../src/rft/learner.ts';
import { countGpu } from './gpuCounts.ts';
import type { Figure } from './table.ts';
import { processorMs } from './timing.ts';
import { learnerOf, sampleOnce, type Workload } from './workloads.ts';

const tried = { software: [4, 8], gpu: [32, 64, 128, 256] } as const;
const turns = { software: 4, gpu: 10 } as const;

/** One way, and the best that was seen of it. */
interface Way {
  name: string;
  /** Null: 5L + 3 dispatches a token. */
  cut: WholeCut | null;
  ms: number;
  /** Of all cores; null in a page. */
  processorMs: number | null;
  dispatches: number;
  /** Of a dispatch; null where a token has many, or the whole way is not for this rollout. */
  tokens: number | null;
}

const take = ({ cut }: Way): void => {
  if (cut) forceRolloutWay('whole', cut);
  else forceRolloutWay('steps');
};

function waysOn(kind: keyof typeof tried): Way[] {
  const cuts = tried[kind].map((lanes) => ({ ...rolloutWays[kind], lanes }));
  const named = [
    { name: '5L + 3 a token', cut: null },
    ...cuts.map((cut) => ({ name: `whole, ${String(cut.lanes)} lanes`, cut })),
  ];
  return named.map((way) => ({
    ...way,
    ms: Infinity,
    processorMs: null,
    dispatches: 0,
    tokens: null,
  }));
}

async function timed(way: Way, sample: () => Promise<void>): Promise<void> {
  take(way);
  const [before, start] = [processorMs(), performance.now()];
  await sample();
  way.ms = Math.min(way.ms, performance.now() - start);
  if (before !== null)
    way.processorMs = Math.min(way.processorMs ?? Infinity, processorMs()! - before);
}

function figuresOf(way: Way, { completions, newTokens }: Workload): Figure[] {
  const { name, ms, processorMs: worked, dispatches, tokens } = way;
  const lines: [string, number | null, string][] = [
    [name, (completions * newTokens * 1000) / ms, 'tokens/s'],
    [`${name}, of all cores`, worked, 'ms'],
    [`${name}, dispatches`, dispatches, ''],
    [`${name}, tokens a dispatch`, tokens, ''],
    [`${name}, a dispatch`, tokens && ms / Math.ceil(newTokens / tokens), 'ms'],
  ];
  return lines.flatMap(([what, value, unit]) => (value === null ? [] : [[what, value, unit]]));
}

/** On the active backend, which must be WebGPU. */
export async function rolloutWayFigures(workload: Workload, software: boolean): Promise<Figure[]> {
  const kind = software ? 'software' : 'gpu';
  const learner = learnerOf(workload);
  const { completions: rows, newTokens } = workload;
  const extent = { rows, columns: rows * newTokens };
  const sample = (): Promise<void> => sampleOnce(learner, newTokens);
  const ways = waysOn(kind);
  for (const way of ways) {
    take(way);
    way.dispatches = (await countGpu(sample)).dispatches; // and warms up
    way.tokens = wholeOf(activeGpu().device, learner.policy.config, extent)?.tokens ?? null;
  }
  for (let turn = 0; turn < turns[kind]; turn++) for (const way of ways) await timed(way, sample);
  forceRolloutWay(undefined);
  disposeLearner(learner);
  return ways.flatMap((way) => figuresOf(way, workload));
}
