/**
 * The tfjs kernel 'AdamW' (see ../ops/adamW.ts), in JavaScript over tfjs' own memory: the update
 * is bound by its square roots and by memory, and copying seven vectors to a memory of our own
 * would cost what vector instructions win. Sums and steps are float64, rounded when stored.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { AdamWAttrs } from '../ops/adamW.ts';
import { parametersOf } from '../ops/parametersOf.ts';
import { emptyTensor, floatsOf, newTensor, type TfjsHeap } from './tfjsHeap.ts';

type Inputs = Record<string, TensorInfo> & Record<'gradient' | 'm' | 'v', TensorInfo>;

function normOf(values: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * values[i]!;
  return Math.sqrt(sum);
}

/** to = from · keep + gradient · (1 − keep) · factor, or with the gradient's square. */
function moveMoments(
  gradient: Float32Array,
  [m, v]: readonly [Float32Array, Float32Array],
  [newM, newV]: readonly [Float32Array, Float32Array],
  { beta1, beta2 }: AdamWAttrs,
  clip: number,
): void {
  for (let i = 0; i < gradient.length; i++) {
    const g = gradient[i]! * clip;
    newM[i] = m[i]! * beta1 + g * (1 - beta1);
    newV[i] = v[i]! * beta2 + g * g * (1 - beta2);
  }
}

/** parameter · (1 − decay) − step in place, the moments read from `offset` on. */
function moveParameter(
  parameter: Float32Array,
  [m, v]: readonly [Float32Array, Float32Array],
  offset: number,
  { epsilon, stepSize, correction }: AdamWAttrs,
  decay: number,
): void {
  for (let i = 0; i < parameter.length; i++) {
    const denominator = Math.sqrt(v[offset + i]!) * correction + epsilon;
    parameter[i] = parameter[i]! * (1 - decay) - (m[offset + i]! / denominator) * stepSize;
  }
}

/** gradient, m, v [P], parameters -> norm before clipping, new m and v; the parameters move. */
export function adamW(inputs: Inputs, heap: TfjsHeap, attrs: AdamWAttrs): TensorInfo[] {
  const { gradient, m, v } = inputs;
  const norm = normOf(floatsOf(heap, gradient));
  const normTensor = newTensor(heap, [], Float32Array.of(norm));
  const made = [m, v].map(({ shape }) => emptyTensor(heap, shape));
  // Views come last: making a tensor may move the heap.
  const [newM, newV] = made.map((tensor) => floatsOf(heap, tensor));
  const moments = [newM!, newV!] as const;
  const clip = Math.min(attrs.maxGradNorm / (norm + 1e-6), 1);
  const before = [floatsOf(heap, m), floatsOf(heap, v)] as const;
  moveMoments(floatsOf(heap, gradient), before, moments, attrs, clip);
  let offset = 0;
  parametersOf(inputs).forEach((tensor, i) => {
    const parameter = floatsOf(heap, tensor);
    moveParameter(parameter, moments, offset, attrs, attrs.decays[i]!);
    offset += parameter.length;
  });
  return [normTensor, ...made];
}
