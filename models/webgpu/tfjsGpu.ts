/**
 * What our kernels use of tfjs' WebGPU backend beyond its documentation (4.22.0), in one place:
 * where a tensor's values lie, how an output is made, and how our commands take their turn among
 * tfjs' own. Every access to a private field of the backend is in this file.
 */
import { backend, type DataId, type TensorInfo } from '@tensorflow/tfjs-core';

/** The private side of `WebGPUBackend`. */
export interface TfjsGpu {
  device: GPUDevice;
  makeTensorInfo(shape: number[], dtype: 'float32'): TensorInfo;
  uploadToGPU(dataId: DataId): void;
  tensorMap: Map<DataId, { resource: GPUBuffer; values: unknown }>;
  commandEncoder: GPUCommandEncoder | null;
  commandQueueOwnedIds: { add(dataId: DataId): void };
  ensureCommandEncoderReady(): void;
  endComputePassEncoder(): void;
  submitQueue(): void;
}

/** The active backend, which must be WebGPU. */
export function activeGpu(): TfjsGpu {
  return backend() as unknown as TfjsGpu;
}

/**
 * The buffer of a tensor that the commands recorded next will use. It is not given to another
 * tensor before these have been submitted.
 */
export function bufferOf(gpu: TfjsGpu, { dataId }: TensorInfo): GPUBuffer {
  gpu.uploadToGPU(dataId);
  gpu.commandQueueOwnedIds.add(dataId);
  return gpu.tensorMap.get(dataId)!.resource;
}

/** A new float32 tensor, contents undefined. */
export function emptyTensor(gpu: TfjsGpu, shape: number[]): TensorInfo {
  return gpu.makeTensorInfo(shape, 'float32');
}

/** To be called when a tensor's buffer is written in place: forgets the copy kept for reading. */
export function forgetValues(gpu: TfjsGpu, { dataId }: TensorInfo): void {
  gpu.tensorMap.get(dataId)!.values = null;
}

/** tfjs' command encoder, between two compute passes; what is recorded here runs in order. */
export function encoderOf(gpu: TfjsGpu): GPUCommandEncoder {
  gpu.ensureCommandEncoderReady();
  gpu.endComputePassEncoder();
  return gpu.commandEncoder!;
}

/** Hands over what has been recorded, so that later commands of the queue come after it. */
export function submit(gpu: TfjsGpu): void {
  if (!gpu.commandEncoder) return;
  gpu.endComputePassEncoder();
  gpu.submitQueue();
}
