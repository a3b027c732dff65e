/**
 * Runs work on the active WebGPU device so that what the device refuses stays with the work: it is
 * told to the caller and not to the device's `uncapturederror`, which the trainer takes as fatal.
 */
import { activeGpu } from './tfjsGpu.ts';

/** The work's result, or null where the device refused a part of it. */
export async function guarded<T>(work: () => Promise<T>): Promise<T | null> {
  const { device } = activeGpu();
  device.pushErrorScope('validation');
  device.pushErrorScope('internal');
  try {
    const result = await work();
    const errors = await Promise.all([device.popErrorScope(), device.popErrorScope()]);
    return errors.every((error) => error === null) ? result : null;
  } catch (error) {
    await Promise.all([device.popErrorScope(), device.popErrorScope()]);
    throw error;
  }
}
