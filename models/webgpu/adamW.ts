/**
 * The tfjs kernel 'AdamW' (see ../ops/adamW.ts): norm, clipping and update in three dispatches
 * over flat vectors. The parameters are gathered into one, moved there, and copied back.
 */
import { util, type TensorInfo } from '@tensorflow/tfjs-core';
import type { AdamWAttrs } from '../ops/adamW.ts';
import { parametersOf } from '../ops/parametersOf.ts';
import { makePlan, type Step } from './plan.ts';
import { programs } from './programs.ts';
import { bufferOf, emptyTensor, encoderOf, submit, type TfjsGpu } from './tfjsGpu.ts';
import { gather, scatter } from './theta.ts';
import { longestRow } from './trainingPieces.ts';
import { workspaceOf } from './workspace.ts';

type Inputs = Record<string, TensorInfo> & Record<'gradient' | 'm' | 'v', TensorInfo>;

/** Invocations that add up squares, each a share of them. */
const lanes = 1024;

/** What adamW.wgsl calls `numbers`. */
function numbersOf(
  attrs: AdamWAttrs,
  parameters: readonly TensorInfo[],
): Float32Array<ArrayBuffer> {
  const { beta1, beta2, epsilon, maxGradNorm, stepSize, correction, decays } = attrs;
  let end = 0;
  const ranges = parameters.flatMap(({ shape }, i) => {
    end += util.sizeFromShape(shape);
    return [end, decays[i]!];
  });
  const moments = [beta1, 1 - beta1, beta2, 1 - beta2];
  return Float32Array.from([...moments, epsilon, maxGradNorm, stepSize, correction, ...ranges]);
}

/** gradient, m, v [P], parameters -> norm before clipping, new m and v; the parameters move. */
export function adamW(inputs: Inputs, gpu: TfjsGpu, attrs: AdamWAttrs): TensorInfo[] {
  const { gradient, m, v } = inputs;
  const parameters = parametersOf(inputs);
  const [size] = m.shape as [number];
  const outputs = [emptyTensor(gpu, []), emptyTensor(gpu, [size]), emptyTensor(gpu, [size])];
  const [norm, newM, newV] = outputs.map((tensor) => bufferOf(gpu, tensor)) as [
    ...[GPUBuffer, GPUBuffer, GPUBuffer],
  ];
  const flat = [gradient, m, v].map((tensor) => bufferOf(gpu, tensor)) as [
    ...[GPUBuffer, GPUBuffer, GPUBuffer],
  ];
  const { buffers } = workspaceOf(gpu.device, 'adamW');
  const values = numbersOf(attrs, parameters);
  // What is recorded may still need the buffers as they are.
  submit(gpu);
  const theta = buffers.get('theta', size);
  const sums = buffers.get('sums', lanes);
  const numbers = buffers.get('numbers', values.length);
  const row = Math.min(size / 4, longestRow);
  const steps: Step[] = [
    {
      program: programs.squareSums,
      sizes: [size / 4, lanes],
      buffers: [flat[0], sums],
      invocations: [lanes],
    },
    { program: programs.globalNorm, sizes: [lanes], buffers: [sums, norm], invocations: [1] },
    {
      program: programs.adamW,
      constants: { DECAY: attrs.decays.some((decay) => decay !== 0) },
      sizes: [size / 4, row, parameters.length],
      buffers: [numbers, norm, ...flat, newM, newV, theta],
      invocations: [row, Math.ceil(size / 4 / row)],
    },
  ];
  gpu.device.queue.writeBuffer(numbers, 0, values);
  const plan = makePlan(gpu.device, steps);
  gather(gpu, parameters, theta);
  const pass = encoderOf(gpu).beginComputePass();
  plan.encode(pass);
  pass.end();
  scatter(gpu, theta, parameters);
  submit(gpu);
  plan.destroy();
  return outputs;
}
