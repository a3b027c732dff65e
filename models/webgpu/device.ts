/**
 * Our own GPUDevice, and the WebGPU backend made on it. tfjs' own registration asks for no
 * features, keeps the default limits and tells nobody when a shader fails: here every uncaptured
 * error and the loss of the device are reported, because a failed dispatch otherwise just
 * gives zeros.
 */
import * as tf from '@tensorflow/tfjs-core';
import { CodedError } from '../errors.ts';
import { activeGpu } from './tfjsGpu.ts';
import { releaseWorkspaces } from './workspace.ts';
import type { DeviceLimits } from '../memory.ts';

/** Called for 'gpu-error' and 'device-lost'; the numbers computed since cannot be trusted. */
export type OnDeviceTrouble = (error: CodedError) => void;

export interface GpuDevice {
  device: GPUDevice;
  /** For people, e.g. "nvidia ampere"; never empty. */
  description: string;
}

/** Limits raised to what the adapter has; the rest stays at the specification's defaults. */
const raisedLimits = [
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupsPerDimension',
  'maxStorageBufferBindingSize',
  'maxBufferSize',
  'maxComputeWorkgroupSizeX',
  'maxComputeInvocationsPerWorkgroup',
  'maxStorageBuffersPerShaderStage',
] as const;

function describe(info: GPUAdapterInfo): string {
  const words = [info.vendor, info.architecture, info.device, info.description].filter(Boolean);
  return [...new Set(words)].join(' ') || 'unknown adapter';
}

function watch(device: GPUDevice, onTrouble: OnDeviceTrouble): void {
  device.addEventListener('uncapturederror', (event) => {
    const { error } = event;
    onTrouble(
      new CodedError(
        'gpu-error',
        'The GPU refused a computation; its results are void.',
        error.message,
      ),
    );
  });
  void device.lost.then((info) => {
    // 'destroyed' is our own doing, when a backend is taken down.
    if (info.reason === 'destroyed') return;
    onTrouble(new CodedError('device-lost', 'The GPU was lost.', info.message));
  });
}

/**
 * Requests an adapter and a device. Throws CodedError 'no-webgpu' when there is no WebGPU or no
 * adapter, or when the device is refused.
 */
export async function requestDevice(onTrouble: OnDeviceTrouble): Promise<GpuDevice> {
  // Typed as always there, but missing in Node, in old browsers and on insecure pages.
  const gpu = (globalThis.navigator as { gpu?: GPU } | undefined)?.gpu;
  if (!gpu) throw new CodedError('no-webgpu', 'This browser has no WebGPU.');
  const adapter = await gpu
    .requestAdapter({ powerPreference: 'high-performance' })
    .catch((error: unknown) => {
      throw new CodedError('no-webgpu', 'WebGPU could not be asked for an adapter.', String(error));
    });
  if (!adapter) throw new CodedError('no-webgpu', 'WebGPU found no graphics adapter.');
  const requiredLimits: Record<string, number> = {};
  for (const name of raisedLimits) requiredLimits[name] = adapter.limits[name];
  const optional: GPUFeatureName[] = ['timestamp-query'];
  const device = await adapter
    .requestDevice({
      requiredLimits,
      requiredFeatures: optional.filter((feature) => adapter.features.has(feature)),
    })
    .catch((error: unknown) => {
      throw new CodedError('no-webgpu', 'The graphics adapter refused a device.', String(error));
    });
  watch(device, onTrouble);
  return { device, description: describe(adapter.info) };
}

/** tfjs' deterministic packed matrix product; its other programs add with float atomics. */
const packedMatMul = 3;

/** The one in use; its buffers are many and must not wait for the garbage collector. */
let started: GPUDevice | null = null;

/** Registers and activates tfjs' WebGPU backend on our device. */
export async function startWebGpu(onTrouble: OnDeviceTrouble): Promise<string> {
  const { device, description } = await requestDevice(onTrouble);
  const [{ WebGPUBackend }, { registerWebGpuKernels }] = await Promise.all([
    import('@tensorflow/tfjs-backend-webgpu'),
    import('./register.ts'),
  ]);
  tf.env().set('WEBGPU_MATMUL_PROGRAM_TYPE', packedMatMul);
  tf.env().set('WEBGPU_CPU_FORWARD', false);
  // Importing the backend registered tfjs' own factory, where the browser has WebGPU at all.
  if (tf.engine().registryFactory['webgpu']) tf.removeBackend('webgpu');
  started?.destroy();
  started = device;
  tf.registerBackend('webgpu', () => new WebGPUBackend(device));
  if (!(await tf.setBackend('webgpu'))) {
    throw new CodedError('no-webgpu', 'The WebGPU backend did not start.');
  }
  registerWebGpuKernels();
  return description;
}

/** Limits of the device behind the active backend, which is WebGPU. */
export function limitsOfBackend(): DeviceLimits {
  const { maxBufferSize, maxStorageBufferBindingSize } = activeGpu().device.limits;
  return { maxBufferSize, maxStorageBufferBindingSize };
}

/** Frees what our kernels keep on the active backend's device, which is WebGPU. */
export function freeKernelMemory(): void {
  releaseWorkspaces(activeGpu());
}
