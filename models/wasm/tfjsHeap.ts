/**
 * What our kernels use of tfjs' WASM backend beyond its documentation (4.22.0), in one place:
 * where a tensor's values lie, how an output is made, and how two tensors share one buffer.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';

export type TfjsHeap = Pick<BackendWasm, 'typedArrayFromHeap' | 'makeOutput' | 'incRef'>;

/** The values of a float32 tensor where tfjs keeps them; valid until its next allocation. */
export function floatsOf(heap: TfjsHeap, tensor: TensorInfo): Float32Array {
  return heap.typedArrayFromHeap(tensor) as Float32Array;
}

/** The values of an int32 tensor where tfjs keeps them; valid until its next allocation. */
export function integersOf(heap: TfjsHeap, tensor: TensorInfo): Int32Array {
  return heap.typedArrayFromHeap(tensor) as Int32Array;
}

/** A new float32 tensor with a copy of these values. */
export function newTensor(heap: TfjsHeap, shape: number[], values: Float32Array): TensorInfo {
  return heap.makeOutput(shape, 'float32', undefined, values);
}

/** A new float32 tensor, contents undefined. */
export function emptyTensor(heap: TfjsHeap, shape: number[]): TensorInfo {
  return heap.makeOutput(shape, 'float32');
}

/** A second tensor on the buffer of the first, which lives until both are disposed. */
export function sameBuffer(heap: TfjsHeap, { dataId, shape, dtype }: TensorInfo): TensorInfo {
  heap.incRef(dataId);
  return { dataId, shape, dtype };
}
