/**
 * The tfjs kernels 'PolicyLogps' and 'PolicyLogpsGrad' (see ../ops/policyLogps.ts): parameters are
 * copied into the training pass's memory and results out of it; the maths is in
 * kernels/decoderForward.ts and kernels/decoderBackward.ts.
 */
import { util, type TensorInfo } from '@tensorflow/tfjs-core';
import type { PolicyLogpsAttrs } from '../ops/policyLogps.ts';
import { beginPass, currentGeneration, currentPass, type PassSizes } from './trainingInstance.ts';
import { floatsOf, integersOf, newTensor, parametersOf, type TfjsHeap } from './tfjsHeap.ts';

/** ids [B,T], targets [B·T], cos and sin [positions, D], and the parameters as p0, p1, … */
type Inputs = Record<string, TensorInfo> &
  Record<'ids' | 'targets' | 'cos' | 'sin' | 'p0', TensorInfo>;

function sizesOf({ ids, p0 }: Inputs, attrs: PolicyLogpsAttrs): PassSizes {
  const [B, T] = ids.shape as [number, number];
  const [V, hidden] = p0.shape as [number, number];
  const { intermediate, layers, heads, kvHeads, headDim, tied } = attrs;
  return { B, T, V, hidden, intermediate, layers, heads, kvHeads, headDim, tied: tied ? 1 : 0 };
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
  kernel.forward(attrs.epsilon, attrs.temperature);
}

/** -> log-probabilities [B·T], and the generation of this pass (a scalar). */
export function policyLogps(inputs: Inputs, heap: TfjsHeap, attrs: PolicyLogpsAttrs): TensorInfo[] {
  runForward(inputs, heap, attrs);
  const { kernel, floats } = currentPass();
  const { shape } = inputs.targets;
  return [
    newTensor(heap, shape, floats(kernel.logps(), shape[0]!)),
    newTensor(heap, [], Float32Array.of(currentGeneration())),
  ];
}

/**
 * The inputs of `policyLogps`, its generation, and dy [B·T] -> the gradient of every parameter.
 * Where another pass has come in between, the forward pass runs again first.
 */
export function policyLogpsGrad(
  inputs: Inputs & Record<'generation' | 'dy', TensorInfo>,
  heap: TfjsHeap,
  attrs: PolicyLogpsAttrs,
): TensorInfo[] {
  if (floatsOf(heap, inputs.generation)[0] !== currentGeneration()) {
    runForward(inputs, heap, attrs);
  }
  const { kernel, put, floats } = currentPass();
  const dy = floatsOf(heap, inputs.dy);
  put(kernel.dLogps(), dy, Math.ceil(dy.length / 4) * 4);
  kernel.backward(attrs.temperature);
  const toGradient = kernel.toGradient();
  return placed(inputs, kernel.parameters()).map(({ tensor: { shape }, address }) =>
    newTensor(heap, shape, floats(address + toGradient, util.sizeFromShape(shape))),
  );
}
