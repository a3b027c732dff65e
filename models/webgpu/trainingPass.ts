/**
 * The tfjs kernels 'PolicyLogps' and 'PolicyLogpsGrad' (see ../ops/policyLogps.ts): a whole pass
 * through the policy as a prepared plan. Inputs are copied into the pass's own buffers and results
 * out of them, on the GPU, so that pipelines and bind groups are made once per shape. A forward
 * pass leaves its activations for the backward pass that follows it.
 */
import { util, type TensorInfo } from '@tensorflow/tfjs-core';
import type { DecoderConfig } from '../decoderConfig.ts';
import { flatSize } from '../ops/flat.ts';
import type { PolicyLogpsAttrs } from '../ops/policyLogps.ts';
import { parametersOf } from '../ops/parametersOf.ts';
import { productWayOf } from './productWay.ts';
import { passWords } from './passBuffers.ts';
import { makePlan, type Plan } from './plan.ts';
import { bufferOf, emptyTensor, encoderOf, type TfjsGpu } from './tfjsGpu.ts';
import { gather, layoutOf, type Layout } from './theta.ts';
import { backwardSteps, forwardSteps } from './trainingSteps.ts';
import { workspaceOf } from './workspace.ts';

/** ids [B,T], targets [B·T], cos and sin [positions, D], and the parameters as p0, p1, … */
type Inputs = Record<string, TensorInfo> & Record<'ids' | 'targets' | 'cos' | 'sin', TensorInfo>;

/** And the gradients to the results [B·T], `dEntropies` only where the attributes say so. */
type GradInputs = Inputs & Record<'dLogps' | 'dEntropies', TensorInfo>;

interface Opened {
  forward: Plan;
  backward: Plan;
  layout: Layout;
  buffer: (name: string) => GPUBuffer;
}

/** The plans for these inputs, made where there are none yet, and their buffers. */
function openPass(gpu: TfjsGpu, { ids }: Inputs, attrs: PolicyLogpsAttrs): Opened {
  const { device } = gpu;
  const { config, temperature, entropies } = attrs;
  const [rows, columns] = ids.shape as [number, number];
  const tokens = rows * columns;
  const layout = layoutOf(config);
  const workspace = workspaceOf(device, 'training');
  const words = passWords(config, layout.size, tokens);
  workspace.reserve(gpu, words);
  const buffer = (name: string): GPUBuffer => {
    const count = words.get(name);
    if (count === undefined) throw new Error(`internal: the training pass has no buffer ${name}`);
    return workspace.buffers.get(name, count);
  };
  const way = productWayOf(device);
  const shape = { config, layout, tokens, columns, temperature, entropies, way, buffer };
  const planOf = (name: string, steps: typeof forwardSteps): Plan =>
    workspace.plan(JSON.stringify([name, rows, columns, temperature, entropies, way, config]), () =>
      makePlan(device, steps(shape)),
    );
  return {
    forward: planOf('forward', forwardSteps),
    backward: planOf('backward', backwardSteps),
    layout,
    buffer,
  };
}

function run(encoder: GPUCommandEncoder, plan: Plan): void {
  const pass = encoder.beginComputePass();
  plan.encode(pass);
  pass.end();
}

const bytesOf = ({ shape }: TensorInfo): number => 4 * util.sizeFromShape(shape);

function checkShapes({ ids, targets, cos }: Inputs, { headDim }: DecoderConfig): void {
  const [rows = 0, columns = 0] = ids.shape;
  if (targets.shape[0] === rows * columns && columns <= cos.shape[0]! && cos.shape[1] === headDim) {
    return;
  }
  throw new Error('internal: targets or rotary table do not fit the ids');
}

/** -> log-probabilities [B·T], and entropies [B·T] where they are asked for. */
export function policyLogps(inputs: Inputs, gpu: TfjsGpu, attrs: PolicyLogpsAttrs): TensorInfo[] {
  checkShapes(inputs, attrs.config);
  const { forward, layout, buffer } = openPass(gpu, inputs, attrs);
  gather(gpu, parametersOf(inputs), buffer('theta'));
  const results = (attrs.entropies ? ['logps', 'entropies'] : ['logps']).map((name) => {
    const tensor = emptyTensor(gpu, inputs.targets.shape);
    return { tensor, source: buffer(name), target: bufferOf(gpu, tensor) };
  });
  const copies = [
    [inputs.ids, 'ids'],
    [inputs.targets, 'targets'],
    [inputs.cos, 'cosines'],
    [inputs.sin, 'sines'],
  ] as const;
  const sources = copies.map(([tensor]) => bufferOf(gpu, tensor));
  const encoder = encoderOf(gpu);
  copies.forEach(([tensor, name], i) => {
    encoder.copyBufferToBuffer(sources[i]!, 0, buffer(name), 0, bytesOf(tensor));
  });
  // The head's rows are read in fours: what lies behind the parameters must be finite.
  encoder.clearBuffer(buffer('theta'), layout.size * Float32Array.BYTES_PER_ELEMENT);
  run(encoder, forward);
  for (const { tensor, source, target } of results) {
    encoder.copyBufferToBuffer(source, 0, target, 0, bytesOf(tensor));
  }
  return results.map(({ tensor }) => tensor);
}

/**
 * The inputs of the latest `policyLogps` and the gradients to its results [B·T] -> the flat gradient
 * [P]. Nothing else may have run the pass in between.
 */
export function policyLogpsGrad(
  inputs: GradInputs,
  gpu: TfjsGpu,
  attrs: PolicyLogpsAttrs,
): TensorInfo {
  const { backward, layout, buffer } = openPass(gpu, inputs, attrs);
  const gradient = emptyTensor(gpu, [flatSize([layout])]);
  const given = attrs.entropies ? (['dLogps', 'dEntropies'] as const) : (['dLogps'] as const);
  const sources = given.map((name) => bufferOf(gpu, inputs[name]));
  const target = bufferOf(gpu, gradient);
  const encoder = encoderOf(gpu);
  given.forEach((name, i) => {
    encoder.copyBufferToBuffer(sources[i]!, 0, buffer(name), 0, bytesOf(inputs[name]));
  });
  encoder.clearBuffer(buffer('dx'));
  run(encoder, backward);
  encoder.copyBufferToBuffer(buffer('gradient'), 0, target, 0, bytesOf(gradient));
  return gradient;
}
