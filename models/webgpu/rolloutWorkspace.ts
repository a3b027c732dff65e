/**
 * The buffers and plans of rollouts, kept for each device from one rollout to the next: sizes are
 * rounded up so that few shapes occur, buffers only grow, and plans are made anew when one did.
 */
import type { DecoderConfig } from '../decoderConfig.ts';
import { NamedBuffers } from './buffers.ts';
import { makePlan, type Plan } from './plan.ts';
import { prefixSteps, tokenSteps, type RolloutBuffers } from './rolloutPlan.ts';
import { ropePositionsOf, rolloutWords, roundSlots, type RolloutExtent } from './rolloutWords.ts';
import { layoutOf } from './theta.ts';

interface Workspace {
  named: NamedBuffers;
  plans: Map<string, Plan>;
  /** Of the buffers that `plans` were made with. */
  version: number;
}

const workspaces = new WeakMap<GPUDevice, Workspace>();

function workspaceOf(device: GPUDevice): Workspace {
  const known = workspaces.get(device);
  if (known) return known;
  const made = { named: new NamedBuffers(device), plans: new Map<string, Plan>(), version: 0 };
  workspaces.set(device, made);
  return made;
}

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

/** Everything for a rollout of this extent; no recorded command may still need the buffers. */
export function prepareRollout(
  device: GPUDevice,
  config: DecoderConfig,
  extent: RolloutExtent,
): Prepared {
  const workspace = workspaceOf(device);
  const { named, plans } = workspace;
  const words = rolloutWords(config, layoutOf(config).size, extent);
  const buffers = buffersOf(named, words, config.numHiddenLayers);
  if (workspace.version !== named.version) {
    for (const plan of plans.values()) plan.destroy();
    plans.clear();
    workspace.version = named.version;
  }
  const ropePositions = ropePositionsOf(config, extent.positions);
  const planOf = (kind: 'token' | 'prefix', rows: number, steps: typeof tokenSteps): Plan => {
    const slots = roundSlots(rows);
    const key = JSON.stringify([kind, slots, ropePositions, config]);
    const shape = { config, slots, ropePositions };
    const plan = plans.get(key) ?? makePlan(device, steps(shape, buffers[kind]));
    plans.set(key, plan);
    return plan;
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
