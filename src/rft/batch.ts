/**
 * Host-side packing of completions for the training pass: right-padded token rows with their
 * next-token targets, and masks that cover the completion (eos included) and nothing else.
 * Rows are sorted by length into micro-batches so that little padding is computed; gradients are
 * sums over tokens, so the split changes nothing.
 */
import * as tf from '@tensorflow/tfjs-core';
import { microBatches, rowRounding } from './runSizes.ts';

/** One sequence to learn from. */
export interface TrainingRow {
  promptIds: readonly number[];
  /** Non-empty; eos included where the row ended by itself. */
  completionIds: readonly number[];
  advantage: number;
  /** Weight of each completion token in the loss. */
  tokenWeight: number;
  /** 1 for each completion token that the policy term learns from; left out: all of them. */
  keep?: readonly number[];
}

/** Tensors of one micro-batch; B rows, T columns. The owner disposes them. */
export interface MicroBatch {
  /** [B, T] int32: tokens 0 … T − 1 of each row. */
  ids: tf.Tensor2D;
  /** [B·T] int32: token t + 1 at column t. */
  targets: tf.Tensor1D;
  /** [B, T]: 1 where the target belongs to the completion. */
  mask: tf.Tensor2D;
  /** [B, T]: mask times the row's token weight. */
  weights: tf.Tensor2D;
  /** [B, 1]. */
  advantages: tf.Tensor2D;
  /** [B, T]: the rows' `keep`; null where no row has one. */
  keep: tf.Tensor2D | null;
  /** Completion tokens of each of the B rows; 0 for a row that only fills up. */
  lengths: readonly number[];
}

export interface MicroBatchShape {
  /** Rows of every micro-batch; the last one is filled up with rows of weight 0. */
  rows: number;
  /** Columns are rounded up to a multiple of this. */
  columnRounding: number;
}

/** The micro-batch shape of the active backend; `rows` as memory.ts chose them for a run. */
export function microBatchShape(rows?: number): MicroBatchShape {
  const shape = microBatches[tf.getBackend() === 'webgpu' ? 'gpu' : 'cpu'];
  return { rows: rows ?? shape.rows[0], columnRounding: shape.columnRounding };
}

const lengthOf = (row: TrainingRow): number => row.promptIds.length + row.completionIds.length;

/** Rows in order of length (ties keep their order), cut into parts of `size`. */
export function partition(rows: readonly TrainingRow[], size: number): TrainingRow[][] {
  const sorted = rows
    .map((row, index) => ({ row, index }))
    .sort((a, b) => lengthOf(a.row) - lengthOf(b.row) || a.index - b.index)
    .map(({ row }) => row);
  const parts: TrainingRow[][] = [];
  for (let i = 0; i < sorted.length; i += size) parts.push(sorted.slice(i, i + size));
  return parts;
}

export function packMicroBatch(
  rows: readonly TrainingRow[],
  padId: number,
  shape: MicroBatchShape,
): MicroBatch {
  const count = Math.min(shape.rows, Math.ceil(rows.length / rowRounding) * rowRounding);
  const longest = Math.max(...rows.map(lengthOf)) - 1;
  const columns = Math.ceil(longest / shape.columnRounding) * shape.columnRounding;
  const ids = new Int32Array(count * columns).fill(padId);
  const targets = new Int32Array(count * columns).fill(padId);
  const mask = new Float32Array(count * columns);
  const weights = new Float32Array(count * columns);
  const advantages = new Float32Array(count);
  const keep = rows.some((row) => row.keep) ? new Float32Array(count * columns) : null;
  rows.forEach((row, b) => {
    const tokens = [...row.promptIds, ...row.completionIds];
    ids.set(tokens.slice(0, -1), b * columns);
    targets.set(tokens.slice(1), b * columns);
    const begin = b * columns + row.promptIds.length - 1;
    const end = begin + row.completionIds.length;
    mask.fill(1, begin, end);
    weights.fill(row.tokenWeight, begin, end);
    advantages[b] = row.advantage;
    keep?.set(row.keep ?? [], begin);
  });
  const grid: [number, number] = [count, columns];
  return {
    ids: tf.tensor2d(ids, grid, 'int32'),
    targets: tf.tensor1d(targets, 'int32'),
    mask: tf.tensor2d(mask, grid),
    weights: tf.tensor2d(weights, grid),
    advantages: tf.tensor2d(advantages, [count, 1]),
    keep: keep && tf.tensor2d(keep, grid),
    lengths: Array.from({ length: count }, (_, b) => rows[b]?.completionIds.length ?? 0),
  };
}

export function disposeMicroBatch(batch: MicroBatch): void {
  const { ids, targets, mask, weights, advantages, keep } = batch;
  tf.dispose([ids, targets, mask, weights, advantages, ...(keep ? [keep] : [])]);
}
