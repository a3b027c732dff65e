/**
 * The buffers and plans of rollouts, kept from one rollout to the next; sizes are rounded up so that
 * few shapes occur.
 */
import type { DecoderConfig } from '../decoderConfig.ts';
import type { NamedBuffers } from './buffers.ts';
import { makePlan, type Plan } from './plan.ts';
import { prefixSteps, tokenSteps, type RolloutBuffers } from './rolloutPlan.ts';
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
  /** `prefix` is to be left out where there are no prefixes. */
  plans: Record<'token' | 'prefix', Plan>;
  ropePositions: number;
}

/** Everything for a rollout of this extent. */
export function prepareRollout(
  gpu: TfjsGpu,
  config: DecoderConfig,
  extent: RolloutExtent,
): Prepared {
  const workspace = workspaceOf(gpu.device, 'rollout');
  const words = rolloutWords(config, layoutOf(config).size, extent);
  workspace.reserve(gpu, words);
  const buffers = buffersOf(workspace.buffers, words, config.numHiddenLayers);
  const ropePositions = ropePositionsOf(config, extent.positions);
  const planOf = (kind: 'token' | 'prefix', rows: number, steps: typeof tokenSteps): Plan => {
    const shape = { config, slots: roundSlots(rows), ropePositions };
    return workspace.plan(JSON.stringify([kind, shape]), () =>
      makePlan(gpu.device, steps(shape, buffers[kind])),
    );
  };
  return {
    buffers,
    plans: {
      token: planOf('token', extent.rows, tokenSteps),
      prefix: planOf('prefix', extent.prefixTokens, prefixSteps),
    },
    ropePositions,
  };
}
