/**
 * The tfjs kernels 'AppendToCache' and 'DecodeAttention' (see ../ops/decodeAttention.ts). The
 * cache grows in place, in tfjs' memory, and of it only the columns in use are copied to the
 * kernels' memory; the maths is in kernels/decode.ts.
 */
import { util, type TensorInfo } from '@tensorflow/tfjs-core';
import { openWorkspace } from './kernelInstance.ts';
import { floatsOf, integersOf, newTensor, sameBuffer, type TfjsHeap } from './tfjsHeap.ts';

/** Every position must be a column of the cache: past it lies other tensors' memory. */
function checkPositions(positions: Int32Array, capacity: number): void {
  if (positions.some((position) => position < 0 || position >= capacity)) {
    throw new Error(`internal: a position is outside the cache's ${capacity} columns`);
  }
}

/** Writes x [B,1,K,D] into the cache [B,C,K,D] at positions [B]; the result is the same buffer. */
export function appendToCache(
  { cache, x, positions }: Record<'cache' | 'x' | 'positions', TensorInfo>,
  heap: TfjsHeap,
): TensorInfo {
  const [, capacity, kvHeads, headDim] = cache.shape as [number, number, number, number];
  const column = kvHeads * headDim;
  const target = floatsOf(heap, cache);
  const source = floatsOf(heap, x);
  const columns = integersOf(heap, positions);
  checkPositions(columns, capacity);
  columns.forEach((position, b) => {
    const values = source.subarray(b * column, (b + 1) * column);
    target.set(values, (b * capacity + position) * column);
  });
  return sameBuffer(heap, cache);
}

/** q [B,1,H,D], k, v [B,C,K,D], positions [B] -> [B,1,H,D]. */
export function decodeAttention(
  { q, k, v, positions }: Record<'q' | 'k' | 'v' | 'positions', TensorInfo>,
  heap: TfjsHeap,
): TensorInfo {
  const [B, C, K, D] = k.shape as [number, number, number, number];
  const H = q.shape[2]!;
  const count = util.sizeFromShape(q.shape);
  const columns = integersOf(heap, positions);
  checkPositions(columns, C);
  const { kernel, put, reserve, floats } = openWorkspace();
  const queries = put(floatsOf(heap, q));
  const positionsAt = put(columns);
  const out = reserve(count * Float32Array.BYTES_PER_ELEMENT);
  const scratch = reserve(kernel.decodeScratchBytes(C));
  const cacheSize = B * C * K * D;
  const [keys, values] = [k, v].map(() => reserve(cacheSize * Float32Array.BYTES_PER_ELEMENT));
  for (const [address, tensor] of [
    [keys!, k],
    [values!, v],
  ] as const) {
    const source = floatsOf(heap, tensor);
    const target = floats(address, cacheSize);
    columns.forEach((position, b) => {
      const row = b * C * K * D;
      target.set(source.subarray(row, row + (position + 1) * K * D), row);
    });
  }
  kernel.decode(queries, keys!, values!, positionsAt, out, scratch, B, C, H, K, D);
  return newTensor(heap, q.shape, floats(out, count));
}
