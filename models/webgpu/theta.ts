/**
 * Where each parameter lies in a flat vector that holds all of them one after the other, in the
 * order of `parameterShapes`; gradients and AdamW's moments have the same layout. Our kernels read
 * the weights from such a vector, filled on the GPU from tfjs' tensors at the start of a pass:
 * one binding and no copy per dispatch or token (1.8 MB for the default policy, microseconds).
 */
import { util, type TensorInfo } from '@tensorflow/tfjs-core';
import type { DecoderConfig } from '../decoderConfig.ts';
import { parameterShapes } from '../parameters.ts';
import { bufferOf, encoderOf, forgetValues, type TfjsGpu } from './tfjsGpu.ts';

const bytesPerNumber = 4;

export interface Layout {
  /** Numbers in all. */
  readonly size: number;
  /** Of a parameter's first number, by name; a multiple of 4 for the sizes the kernels take. */
  offsetOf(name: string): number;
}

export function layoutOf(config: DecoderConfig): Layout {
  const offsets = new Map<string, number>();
  let size = 0;
  for (const [name, shape] of parameterShapes(config)) {
    offsets.set(name, size);
    size += util.sizeFromShape([...shape]);
  }
  return {
    size,
    offsetOf: (name) => {
      const offset = offsets.get(name);
      if (offset === undefined) throw new Error(`internal: no parameter ${name}`);
      return offset;
    },
  };
}

/** Copies parameters, in order, into the flat buffer. */
export function gather(gpu: TfjsGpu, parameters: readonly TensorInfo[], theta: GPUBuffer): void {
  const sources = parameters.map((parameter) => bufferOf(gpu, parameter));
  const encoder = encoderOf(gpu);
  let offset = 0;
  parameters.forEach(({ shape }, i) => {
    const bytes = util.sizeFromShape(shape) * bytesPerNumber;
    encoder.copyBufferToBuffer(sources[i]!, 0, theta, offset, bytes);
    offset += bytes;
  });
}

/** Copies the flat buffer back into the parameters' own buffers. */
export function scatter(gpu: TfjsGpu, theta: GPUBuffer, parameters: readonly TensorInfo[]): void {
  const targets = parameters.map((parameter) => bufferOf(gpu, parameter));
  const encoder = encoderOf(gpu);
  let offset = 0;
  parameters.forEach((parameter, i) => {
    const bytes = util.sizeFromShape(parameter.shape) * bytesPerNumber;
    encoder.copyBufferToBuffer(theta, offset, targets[i]!, 0, bytes);
    forgetValues(gpu, parameter);
    offset += bytes;
  });
}
