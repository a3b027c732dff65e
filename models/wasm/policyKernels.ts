/**
 * The tfjs kernels 'PolicyLogps' and 'PolicyLogpsGrad' (see ../ops/policyLogps.ts): parameters are
 * copied into the training pass's memory and results out of it; the maths is in
 * kernels/decoderForward.ts and kernels/decoderBackward.ts.
 */
import { util, type TensorInfo } from '@tensorflow/tfjs-core';
import type { PolicyLogpsAttrs } from '../ops/policyLogps.ts';
import { flatSize } from '../ops/flat.ts';
import { parametersOf } from '../ops/parametersOf.ts';
import { beginPass, currentPass, type PassSizes } from './trainingInstance.ts';
import { emptyTensor, floatsOf, integersOf, newTensor, type TfjsHeap } from './tfjsHeap.ts';

/** ids [B,T], targets [B·T], cos and sin [positions, D], and the parameters as p0, p1, … */
type Inputs = Record<string, TensorInfo> & Record<'ids' | 'targets' | 'cos' | 'sin', TensorInfo>;

/** And the gradients to the results [B·T], `dEntropies` only where the attributes say so. */
type GradInputs = Inputs & Record<'dLogps' | 'dEntropies', TensorInfo>;

function sizesOf({ ids }: Inputs, { config }: PolicyLogpsAttrs): PassSizes {
  const [B, T] = ids.shape as [number, number];
  return {
    B,
    T,
    V: config.vocabSize,
    hidden: config.hiddenSize,
    intermediate: config.intermediateSize,
    layers: config.numHiddenLayers,
    heads: config.numAttentionHeads,
    kvHeads: config.numKeyValueHeads,
    headDim: config.headDim,
    tied: Number(config.tieWordEmbeddings),
  };
}

/** Room that a parameter takes: the vocabulary's rows come in eights, everything else fits. */
function paddedSize(shape: number[]): number {
  const [rows = 0, columns] = shape;
  return columns === undefined ? rows : Math.ceil(rows / 8) * 8 * columns;
}

/** The parameters in order, each with its address in the training pass's memory. */
function placed(inputs: Inputs, first: number): { tensor: TensorInfo; address: number }[] {
  let next = first;
  return parametersOf(inputs).map((tensor) => {
    const address = next;
    next += paddedSize(tensor.shape) * Float32Array.BYTES_PER_ELEMENT;
    return { tensor, address };
  });
}

/** Past the embedding lies other memory, so every id must be one of its rows. */
function checkTokens(ids: Int32Array, vocabSize: number): void {
  if (ids.some((id) => id < 0 || id >= vocabSize)) {
    throw new Error(`internal: a token id is outside the vocabulary of ${String(vocabSize)}`);
  }
}

function runForward(inputs: Inputs, heap: TfjsHeap, attrs: PolicyLogpsAttrs): void {
  const sizes = sizesOf(inputs, attrs);
  const { B, T, V, headDim } = sizes;
  const tokens = B * T;
  if (inputs.targets.shape[0] !== tokens || inputs.cos.shape[0]! < T) {
    throw new Error('internal: targets or rotary table do not fit the ids');
  }
  const [ids, targets] = [integersOf(heap, inputs.ids), integersOf(heap, inputs.targets)];
  checkTokens(ids, V);
  checkTokens(targets, V);
  const { kernel, put } = beginPass(sizes);
  const padded = Math.ceil(tokens / 4) * 4;
  put(kernel.ids(), ids, padded);
  put(kernel.targets(), targets, padded);
  put(kernel.cos(), floatsOf(heap, inputs.cos).subarray(0, T * headDim));
  put(kernel.sin(), floatsOf(heap, inputs.sin).subarray(0, T * headDim));
  for (const { tensor, address } of placed(inputs, kernel.parameters())) {
    put(address, floatsOf(heap, tensor), paddedSize(tensor.shape));
  }
  kernel.forward(attrs.config.rmsNormEps, attrs.temperature, attrs.entropies);
}

/** -> log-probabilities [B·T], and entropies [B·T] where they are asked for. */
export function policyLogps(inputs: Inputs, heap: TfjsHeap, attrs: PolicyLogpsAttrs): TensorInfo[] {
  runForward(inputs, heap, attrs);
  const { kernel, floats } = currentPass();
  const { shape } = inputs.targets;
  const addresses = [kernel.logps(), ...(attrs.entropies ? [kernel.entropies()] : [])];
  return addresses.map((address) => newTensor(heap, shape, floats(address, shape[0]!)));
}

/**
 * The inputs of the latest `policyLogps` and the gradients to its results [B·T] -> the flat gradient
 * [P]. Nothing else may have run the pass in between.
 */
export function policyLogpsGrad(
  inputs: GradInputs,
  heap: TfjsHeap,
  attrs: PolicyLogpsAttrs,
): TensorInfo {
  const { kernel, put, floats } = currentPass();
  const putGradient = (address: number, tensor: TensorInfo): void => {
    const values = floatsOf(heap, tensor);
    put(address, values, Math.ceil(values.length / 4) * 4);
  };
  putGradient(kernel.dLogps(), inputs.dLogps);
  if (attrs.entropies) putGradient(kernel.dEntropies(), inputs.dEntropies);
  kernel.backward(attrs.temperature, attrs.entropies);
  const toGradient = kernel.toGradient();
  const parts = placed(inputs, kernel.parameters()).map(({ tensor: { shape }, address }) => ({
    address: address + toGradient,
    size: util.sizeFromShape(shape),
  }));
  const gradient = emptyTensor(heap, [flatSize(parts)]);
  const flat = floatsOf(heap, gradient);
  let offset = 0;
  for (const { address, size } of parts) {
    flat.set(floats(address, size), offset);
    offset += size;
  }
  flat.fill(0, offset);
  return gradient;
}
