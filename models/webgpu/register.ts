/** Registers our kernels with tfjs' WebGPU backend, by the names that models/ asks for. */
import * as tf from '@tensorflow/tfjs-core';
import { adamW } from './adamW.ts';
import { rollout } from './rollout.ts';
import { policyLogps, policyLogpsGrad } from './trainingPass.ts';

/** Each takes the inputs given in models/ops (or rollout.ts), the backend and the attributes. */
const kernels = {
  PolicyLogps: policyLogps,
  PolicyLogpsGrad: policyLogpsGrad,
  Rollout: rollout,
  AdamW: adamW,
};

/** Registers the kernels, once. */
export function registerWebGpuKernels(): void {
  for (const [kernelName, kernel] of Object.entries(kernels)) {
    if (tf.getKernel(kernelName, 'webgpu') as tf.KernelConfig | undefined) continue;
    tf.registerKernel({
      kernelName,
      backendName: 'webgpu',
      kernelFunc: ({ inputs, backend, attrs }) =>
        (kernel as (...args: unknown[]) => tf.TensorInfo | tf.TensorInfo[])(inputs, backend, attrs),
    });
  }
}
