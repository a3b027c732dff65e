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
import { NamedBuffers } from './buffers.ts';
import { productWayOf } from './productWay.ts';
import { passWords } from './passBuffers.ts';
import { makePlan, type Plan } from './plan.ts';
import { bufferOf, emptyTensor, encoderOf, submit, type TfjsGpu } from './tfjsGpu.ts';
import { gather, layoutOf, type Layout } from './theta.ts';
import type { PassShape } from './trainingPieces.ts';
import { backwardSteps, forwardSteps } from './trainingSteps.ts';

/** ids [B,T], targets [B·T], cos and sin [positions, D], and the parameters as p0, p1, … */
type Inputs = Record<string, TensorInfo> & Record<'ids' | 'targets' | 'cos' | 'sin', TensorInfo>;

interface Pass {
  forward: Plan;
  backward: Plan;
}

/** Of one device: the buffers, and the passes made on them by shape. */
interface Workplace {
  buffers: NamedBuffers;
  version: number;
  passes: Map<string, Pass>;
}

const workplaces = new WeakMap<GPUDevice, Workplace>();

function workplaceOf(device: GPUDevice): Workplace {
  const known = workplaces.get(device);
  if (known) return known;
  const buffers = new NamedBuffers(device);
  const made = { buffers, version: buffers.version, passes: new Map<string, Pass>() };
  workplaces.set(device, made);
  return made;
}

function makePass(device: GPUDevice, shape: PassShape): Pass {
  return {
    forward: makePlan(device, forwardSteps(shape)),
    backward: makePlan(device, backwardSteps(shape)),
  };
}

function forgetPasses(workplace: Workplace): void {
  for (const { forward, backward } of workplace.passes.values()) {
    forward.destroy();
    backward.destroy();
  }
  workplace.passes.clear();
  workplace.version = workplace.buffers.version;
}

interface Opened {
  pass: Pass;
  layout: Layout;
  buffer: (name: string) => GPUBuffer;
}

/** The pass for these inputs, made where there is none yet, and its buffers. */
function openPass(gpu: TfjsGpu, { ids }: Inputs, attrs: PolicyLogpsAttrs): Opened {
  const { device } = gpu;
  const { config, temperature } = attrs;
  const [rows, columns] = ids.shape as [number, number];
  const tokens = rows * columns;
  const layout = layoutOf(config);
  const workplace = workplaceOf(device);
  const words = passWords(config, layout.size, tokens);
  workplace.buffers.reserve(words, () => submit(gpu));
  if (workplace.buffers.version !== workplace.version) forgetPasses(workplace);
  const buffer = (name: string): GPUBuffer => {
    const count = words.get(name);
    if (count === undefined) throw new Error(`internal: the training pass has no buffer ${name}`);
    return workplace.buffers.get(name, count);
  };
  const way = productWayOf(device);
  const key = JSON.stringify([rows, columns, temperature, way, config]);
  const known = workplace.passes.get(key);
  if (known) return { pass: known, layout, buffer };
  const pass = makePass(device, { config, layout, tokens, columns, temperature, way, buffer });
  workplace.passes.set(key, pass);
  return { pass, layout, buffer };
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

/** -> log-probabilities [B·T]. */
export function policyLogps(inputs: Inputs, gpu: TfjsGpu, attrs: PolicyLogpsAttrs): TensorInfo {
  checkShapes(inputs, attrs.config);
  const { pass, buffer } = openPass(gpu, inputs, attrs);
  gather(gpu, parametersOf(inputs), buffer('theta'));
  const logps = emptyTensor(gpu, inputs.targets.shape);
  const copies = [
    [inputs.ids, 'ids'],
    [inputs.targets, 'targets'],
    [inputs.cos, 'cosines'],
    [inputs.sin, 'sines'],
  ] as const;
  const sources = copies.map(([tensor]) => bufferOf(gpu, tensor));
  const target = bufferOf(gpu, logps);
  const encoder = encoderOf(gpu);
  copies.forEach(([tensor, name], i) => {
    encoder.copyBufferToBuffer(sources[i]!, 0, buffer(name), 0, bytesOf(tensor));
  });
  run(encoder, pass.forward);
  encoder.copyBufferToBuffer(buffer('logps'), 0, target, 0, bytesOf(logps));
  return logps;
}

/**
 * The inputs of the latest `policyLogps` and dy [B·T] -> the flat gradient [P]. Nothing else may
 * have run the pass in between.
 */
export function policyLogpsGrad(
  inputs: Inputs & Record<'dy', TensorInfo>,
  gpu: TfjsGpu,
  attrs: PolicyLogpsAttrs,
): TensorInfo {
  const { pass, layout, buffer } = openPass(gpu, inputs, attrs);
  const gradient = emptyTensor(gpu, [flatSize([layout])]);
  const source = bufferOf(gpu, inputs.dy);
  const target = bufferOf(gpu, gradient);
  const encoder = encoderOf(gpu);
  encoder.copyBufferToBuffer(source, 0, buffer('dLogps'), 0, bytesOf(inputs.dy));
  encoder.clearBuffer(buffer('dx'));
  run(encoder, pass.backward);
  encoder.copyBufferToBuffer(buffer('gradient'), 0, target, 0, bytesOf(gradient));
  return gradient;
}
