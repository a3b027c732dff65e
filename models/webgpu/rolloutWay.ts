/**
 * Which of two ways of a rollout is the faster one on a device, in one table by class of device.
 * 'steps': 5L + 3 dispatches a token (rolloutPlan.ts). 'whole': a workgroup carries four rows
 * through all layers for several tokens, 2 dispatches for all of these (rolloutWhole.ts); for
 * policies whose activations fit a workgroup's memory and whose cache fits one buffer.
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
}

/**
 * In software 4 lanes are one SIMD register, and 30 million products take some 80 ms. GPUs: not
 * measured; even 20 billion products a second, a slow one's, would make it 100 ms.
 */
export const rolloutWays: Record<DeviceClass, WholeCut & { way: RolloutWay }> = {
  software: { way: 'whole', lanes: 4, products: 30e6 },
  gpu: { way: 'steps', lanes: 64, products: 2e9 },
};

/** Tokens between two compactions at most; a row that has ended costs its share until the next. */
const mostTokens = 16;

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

/** The largest power of two whose tokens take at most `products` multiplications. */
function tokensOf(config: DecoderConfig, rows: number, products: number): number {
  const each = roundSlots(rows) * layoutOf(config).size;
  const most = Math.min(Math.max(1, products / each), mostTokens);
  return 2 ** Math.floor(Math.log2(most));
}

/** How the whole way is to be gone on this device; null: the other way. */
export function wholeOf(
  device: GPUDevice,
  config: DecoderConfig,
  { rows, columns }: Pick<RolloutExtent, 'rows' | 'columns'>,
): Whole | null {
  const own = rolloutWays[classOf(device)];
  const { way, cut } = forced ?? { way: own.way, cut: own };
  if (way === 'steps' || !wholeFits(config, columns, device.limits)) return null;
  const { lanes, products } = cut ?? own;
  return { lanes, tokens: tokensOf(config, rows, products) };
}
