/**
 * The buffers and plans of rollouts, kept from one rollout to the next; sizes are rounded up so that
 * few shapes occur.
 */
import type { DecoderConfig } from '../decoderConfig.ts';
import type { NamedBuffers } from './buffers.ts';
import { makePlan, type Plan, type Step } from './plan.ts';
import { prefixSteps, tokenSteps, type RolloutBuffers, type RolloutShape } from './rolloutPlan.ts';
import type { Whole } from './rolloutWay.ts';
import { wholeSteps, wholeWords } from './rolloutWhole.ts';
import { ropePositionsOf, rolloutWords, roundSlots, type RolloutExtent } from './rolloutWords.ts';
import { layoutOf } from './theta.ts';
import type { TfjsGpu } from './tfjsGpu.ts';
import { workspaceOf } from './workspace.ts';

/** Of tokens and of prefixes: the same buffers but for the tables of rows. */
function buffersOf(
  named: NamedBuffers,
  words: ReadonlyMap<string, number>,
  layers: number,
): Record<'token' | 'prefix', RolloutBuffers> {
  const buffer = (name: string): GPUBuffer => named.get(name, words.get(name)!);
  const ofLayers = (name: string): GPUBuffer[] =>
    Array.from({ length: layers }, (_, layer) => buffer(`${name} ${String(layer)}`));
  const shared = {
    theta: buffer('theta'),
    x: buffer('x'),
    queries: buffer('queries'),
    mixed: buffer('mixed'),
    inner: buffer('inner'),
    logits: buffer('logits'),
    weights: buffer('weights'),
    record: buffer('record'),
    keys: ofLayers('keys'),
    values: ofLayers('values'),
  };
  const tables = (of: string) => ({
    run: buffer(`${of} run`),
    live: buffer(`${of} live`),
    rows: buffer(`${of} rows`),
  });
  return {
    token: { ...shared, ...tables('token') },
    prefix: { ...shared, ...tables('prefix') },
  };
}

export interface Prepared {
  buffers: Record<'token' | 'prefix', RolloutBuffers>;
  /** All layers', in the whole way. */
  cache: GPUBuffer | null;
  /** `prefix` is to be left out where there are no prefixes. */
  plans: Record<'token' | 'prefix', Plan>;
  /** Of the plan of that name. */
  tokens: number;
  ropePositions: number;
}

/** Everything for a rollout of this extent, in the whole way if it is given. */
export function prepareRollout(
  gpu: TfjsGpu,
  config: DecoderConfig,
  extent: RolloutExtent,
  whole: Whole | null,
): Prepared {
  const workspace = workspaceOf(gpu.device, 'rollout');
  const words = (whole ? wholeWords : rolloutWords)(config, layoutOf(config).size, extent);
  workspace.reserve(gpu, words);
  const buffers = buffersOf(workspace.buffers, words, config.numHiddenLayers);
  const ropePositions = ropePositionsOf(config, extent.positions);
  const cache = whole && workspace.buffers.get('cache', words.get('cache')!);
  const planOf = (
    kind: 'token' | 'prefix',
    rows: number,
    steps: (shape: RolloutShape, on: RolloutBuffers) => Step[],
    way: Whole | null,
  ): Plan => {
    const shape = { config, slots: roundSlots(rows), ropePositions };
    return workspace.plan(JSON.stringify([kind, shape, way]), () =>
      makePlan(gpu.device, steps(shape, buffers[kind])),
    );
  };
  const token: typeof tokenSteps =
    whole && cache ? (shape, on) => wholeSteps(shape, whole, on, cache) : tokenSteps;
  return {
    buffers,
    cache,
    plans: {
      token: planOf('token', extent.rows, token, whole),
      prefix: planOf('prefix', extent.prefixTokens, prefixSteps, null),
    },
    tokens: whole?.tokens ?? 1,
    ropePositions,
  };
}
