/**
 * The tfjs kernels 'CausalAttention' and 'CausalAttentionGrad' (see ../ops/causalAttention.ts):
 * tensors are copied into the kernels' memory and the results out of it; the maths is in
 * kernels/attention.ts.
 */
import { util, type TensorInfo } from '@tensorflow/tfjs-core';
import { openWorkspace, type Workspace } from './kernelInstance.ts';
import { floatsOf, newTensor, type TfjsHeap } from './tfjsHeap.ts';

/** In the order in which the compiled functions take them. */
type Sizes = [B: number, T: number, H: number, K: number, D: number];

function sizesOf(q: TensorInfo, k: TensorInfo): Sizes {
  const [B, T, H, D] = q.shape as [number, number, number, number];
  const K = k.shape[2]!;
  if (H % K !== 0) throw new Error('internal: query heads must be a multiple of key-value heads');
  return [B, T, H, K, D];
}

/** Runs a compiled function on `operands`; its results have these shapes. */
function runInWorkspace(
  heap: TfjsHeap,
  operands: TensorInfo[],
  shapes: number[][],
  [B, T, H, K, D]: Sizes,
  run: (workspace: Workspace, args: number[]) => void,
): TensorInfo[] {
  const workspace = openWorkspace();
  const { kernel, put, reserve, floats } = workspace;
  const from = operands.map((tensor) => put(floatsOf(heap, tensor)));
  const counts = shapes.map((shape) => util.sizeFromShape(shape));
  const to = counts.map((count) => reserve(count * Float32Array.BYTES_PER_ELEMENT));
  const scratch = reserve(kernel.scratchBytes(T, D) + kernel.slackBytes(H, D));
  run(workspace, [...from, ...to, scratch, B, T, H, K, D]);
  return shapes.map((shape, i) => newTensor(heap, shape, floats(to[i]!, counts[i]!)));
}

/** q [B,T,H,D], k, v [B,T,K,D] -> out [B,T,H,D], statistics [B,H,T,2]. */
export function causalAttention(
  { q, k, v }: Record<'q' | 'k' | 'v', TensorInfo>,
  heap: TfjsHeap,
): TensorInfo[] {
  const sizes = sizesOf(q, k);
  const [B, T, H] = sizes;
  const shapes = [q.shape, [B, H, T, 2]];
  return runInWorkspace(heap, [q, k, v], shapes, sizes, ({ kernel }, args) =>
    kernel.forward(...args),
  );
}

/** The tensors of `causalAttention` and dy [B,T,H,D] -> dq, dk, dv, shaped like q, k, v. */
export function causalAttentionGrad(
  inputs: Record<'q' | 'k' | 'v' | 'out' | 'statistics' | 'dy', TensorInfo>,
  heap: TfjsHeap,
): TensorInfo[] {
  const { q, k, v, out, statistics, dy } = inputs;
  const operands = [q, k, v, out, statistics, dy];
  const shapes = [q.shape, k.shape, v.shape];
  return runInWorkspace(heap, operands, shapes, sizesOf(q, k), ({ kernel }, args) =>
    kernel.backward(...args),
  );
}
