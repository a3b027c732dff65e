/**
 * What the trainer will most likely run on, asked before it starts, so that a missing WebGPU is
 * said at once. The trainer decides for itself and its own report replaces this one.
 */
import { webGpuDefaults, type DeviceLimits } from '../rft/memory.ts';

export interface ProbedDevice {
  text: string;
  notice?: string;
  /** Of a WebGPU adapter; null: the CPU will do the work. */
  limits: DeviceLimits | null;
}

const cpu: ProbedDevice = {
  text: 'CPU (WASM)',
  notice: 'This browser offers no WebGPU here, so training will run on the CPU, which is slower.',
  limits: null,
};

/** Asks for an adapter and lets it go; never throws. */
async function ask(): Promise<ProbedDevice> {
  const gpu = (navigator as { gpu?: GPU }).gpu;
  if (!gpu) return cpu;
  try {
    const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
    if (!adapter) return cpu;
    const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
    return { text: 'WebGPU', limits: { maxBufferSize, maxStorageBufferBindingSize } };
  } catch {
    return cpu; // a GPU that cannot even be asked is as good as none
  }
}

let asked: Promise<ProbedDevice> | null = null;

/** What was found when it was first asked. */
export const probeDevice = (): Promise<ProbedDevice> => (asked ??= ask());

/** Until then: a device with WebGPU allows its defaults at least. */
export const limitsBeforeProbe = (): DeviceLimits | null =>
  'gpu' in navigator ? webGpuDefaults : null;
