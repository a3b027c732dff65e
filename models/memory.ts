/**
 * The words in which memory is spoken of: what a device allows, what a rollout is sized by, and how
 * large buffers are. Plain numbers, so that the page can forecast what the worker will use.
 */

/** In bytes. */
export interface DeviceLimits {
  maxBufferSize: number;
  maxStorageBufferBindingSize: number;
}

/** What every WebGPU device allows at least. */
export const webGpuDefaults: DeviceLimits = {
  maxBufferSize: 256 * 2 ** 20,
  maxStorageBufferBindingSize: 128 * 2 ** 20,
};

/** What decides the memory of a rollout. */
export interface RolloutSizes {
  rows: number;
  /** Different prompts among them. */
  prompts: number;
  /** In tokens, bos included. */
  longestPrompt: number;
  maxNewTokens: number;
}

/** Buffer sizes by name, in 32-bit numbers. */
export type Words = ReadonlyMap<string, number>;

export const roundUp = (count: number, to: number): number => Math.ceil(count / to) * to;
