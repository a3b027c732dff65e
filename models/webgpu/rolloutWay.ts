/**
 * Which of two ways of a rollout is the faster one on a device, in one table by class of device.
 * 'steps': 5L + 3 dispatches a token (rolloutPlan.ts). 'whole': a workgroup carries four rows
 * through all layers for several tokens, 2 dispatches for all of these (rolloutWhole.ts); for
 * policies whose activations fit a workgroup's memory and whose cache fits one buffer, where a
 * token of all rows is no long dispatch.
 * test/bench/RESULTS.md has what was measured; `npm run bench -- webgpu` prints both.
 */
import type { DecoderConfig } from '../decoderConfig.ts';
import { roundUp, type DeviceLimits } from '../memory.ts';
import { headWidths } from './passBuffers.ts';
import { classOf, type DeviceClass } from './productWay.ts';
import { roundSlots, type RolloutExtent } from './rolloutWords.ts';
import { layoutOf } from './theta.ts';

export type RolloutWay = 'steps' | 'whole';

/** How the whole way is cut for a class of device. */
export interface WholeCut {
  /** Invocations of a workgroup. */
  lanes: number;
  /** Multiplications of all rows that surely take less than 100 ms, in a dispatch. */
  products: number;
  /** Tokens between two compactions; a row that has ended takes up its place until the next. */
  mostTokens: number;
}

/**
 * Software, measured: 4 lanes are one SIMD register, and 60 million products took 40 to 90 ms.
 * GPUs, measured on an H200 alone: 1.5 to 1.9 times the other way's tokens, 64 lanes as good as any,
 * half a billion products in 5 ms; one twenty times as slow still takes no more than 100 ms.
 */
export const rolloutWays: Record<DeviceClass, WholeCut & { way: RolloutWay }> = {
  software: { way: 'whole', lanes: 4, products: 60e6, mostTokens: 16 },
  gpu: { way: 'whole', lanes: 64, products: 5e8, mostTokens: 16 },
};

const bytesPerNumber = 4;

/** What a rollout in the whole way is cut into. */
export interface Whole {
  lanes: number;
  /** Of a dispatch; a power of two. */
  tokens: number;
}

let forced: { way: RolloutWay; cut: WholeCut | undefined } | undefined;

/**
 * For tests and benchmarks: this way on every device, the whole way cut like this; undefined: the
 * device's own.
 */
export function forceRolloutWay(way: RolloutWay | undefined, cut?: WholeCut): void {
  forced = way && { way, cut };
}

/** Numbers of the whole cache, keys and values of all layers. */
export const cacheWords = (config: DecoderConfig, columns: number): number =>
  2 * config.numHiddenLayers * columns * headWidths(config).kv;

/** Bytes of workgroup memory: `x`, `inner` and `going` of kernels/decodeWhole.wgsl. */
function workgroupBytes(config: DecoderConfig): number {
  const { hiddenSize, intermediateSize } = config;
  const wide = Math.max(intermediateSize, headWidths(config).q);
  return 4 * bytesPerNumber * (hiddenSize + wide) + roundUp(bytesPerNumber, 16);
}

type Limits = DeviceLimits & { maxComputeWorkgroupStorageSize: number };

/** Whether a policy and a rollout can go the whole way within a device's limits. */
export function wholeFits(config: DecoderConfig, columns: number, limits: Limits): boolean {
  const cache = bytesPerNumber * cacheWords(config, columns);
  return (
    workgroupBytes(config) <= limits.maxComputeWorkgroupStorageSize &&
    cache <= Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize)
  );
}

/** The largest power of two of tokens within the cut; 0 where one token is too much. */
function tokensOf(config: DecoderConfig, rows: number, { products, mostTokens }: WholeCut): number {
  const most = products / (roundSlots(rows) * layoutOf(config).size);
  return most < 1 ? 0 : 2 ** (31 - Math.clz32(Math.min(most, mostTokens)));
}

/** How the whole way is to be gone on this device; null: the other way. */
export function wholeOf(
  device: GPUDevice,
  config: DecoderConfig,
  { rows, columns }: Pick<RolloutExtent, 'rows' | 'columns'>,
): Whole | null {
  const own = rolloutWays[classOf(device)];
  const cut = forced?.cut ?? own;
  const tokens = tokensOf(config, rows, cut);
  const taken =
    (forced?.way ?? own.way) === 'whole' && tokens > 0 && wholeFits(config, columns, device.limits);
  return taken ? { lanes: cut.lanes, tokens } : null;
}
