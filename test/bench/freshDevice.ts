/**
 * A WebGPU device for one measurement and no longer, so that measurements do not find each
 * other's buffers. How one is started is the host's business: Node, null backend or page.
 */
import * as tf from '@tensorflow/tfjs-core';
import { activeGpu } from '../../models/webgpu/tfjsGpu.ts';
import type { OnDeviceTrouble } from '../../models/webgpu/device.ts';
import { refuseBuffers, startMeter } from './gpuMeter.ts';

/** Starts a fresh WebGPU backend and says what executes it. */
export type StartWebGpu = (onTrouble: OnDeviceTrouble) => Promise<string>;

/** Does `work` on a fresh device. A GPU error voids the figures and is thrown. */
export async function onFreshDevice<T>(
  start: StartWebGpu,
  work: (device: string) => Promise<T>,
): Promise<T> {
  const troubles: Error[] = [];
  const device = await start((error) => {
    troubles.push(error);
    refuseBuffers(error); // ends the work soon
  });
  startMeter();
  try {
    const done = await work(device);
    if (troubles[0]) throw troubles[0];
    return done;
  } finally {
    const gpu = activeGpu().device;
    tf.removeBackend('webgpu');
    gpu.destroy();
  }
}
