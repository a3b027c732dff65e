/**
 * Every op with a gradient of its own, against the formula in plain float64 JavaScript: its value,
 * and central differences of it as gradient. Odd sizes, and inputs that make careless code
 * overflow.
 */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import '../../models/gradients.ts';
import { rotationOfColumns, rotationOfRows } from '../../models/decoder.ts';
import { embed } from '../../models/ops/embed.ts';
import { linear } from '../../models/ops/linear.ts';
import { rmsNorm } from '../../models/ops/rmsNorm.ts';
import { rope, ropeTable } from '../../models/ops/rope.ts';
import { stopGradient } from '../../models/ops/stopGradient.ts';
import { swiglu } from '../../models/ops/swiglu.ts';
import { entropies, tokenLogps } from '../../models/ops/tokenLogps.ts';
import { startNodeBackend } from '../../workers/nodeBackend.ts';
import { draws } from './draws.ts';

type Flat = readonly number[];

interface OpCase {
  name: string;
  /** Shapes of the differentiable inputs. */
  shapes: readonly (readonly number[])[];
  /** Inputs are fixed draws in [-scale, scale). */
  scale?: number;
  op: (...inputs: tf.Tensor[]) => tf.Tensor;
  /** The same, on flat float64 lists. */
  formula: (...inputs: Flat[]) => number[];
}

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const rows = (x: Flat, width: number): Flat[] =>
  range(x.length / width).map((i) => x.slice(i * width, (i + 1) * width));
const dot = (a: Flat, b: Flat): number => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
const logSumExp = (x: Flat): number => {
  const top = Math.max(...x);
  return top + Math.log(x.reduce((sum, y) => sum + Math.exp(y - top), 0));
};

const tokenIds = [3, 0, 8, 3, 6];
const ids = (): tf.Tensor1D => tf.tensor1d(tokenIds, 'int32');
const positions = [6, 0, 3];
const theta = 50;

/** Rotates dimension i against i + D/2 of x [B,T,H,D]; RoFormer, eq. 34. */
function rotated(x: Flat, shape: readonly number[], positionOf: (b: number, t: number) => number) {
  const [B, T, H, D] = shape as [number, number, number, number];
  const out = [...x];
  for (const row of range(B * T * H)) {
    const position = positionOf(Math.floor(row / (T * H)), Math.floor(row / H) % T);
    for (const i of range(D / 2)) {
      const [low, high] = [row * D + i, row * D + i + D / 2];
      const angle = position * theta ** ((-2 * i) / D);
      out[low] = x[low]! * Math.cos(angle) - x[high]! * Math.sin(angle);
      out[high] = x[high]! * Math.cos(angle) + x[low]! * Math.sin(angle);
    }
  }
  return out;
}

const logpsFormula =
  (temperature: number) =>
  (logits: Flat): number[] =>
    rows(logits, 9).map((row, i) => {
      const warm = row.map((x) => x / temperature);
      return warm[tokenIds[i]!]! - logSumExp(warm);
    });

const entropyFormula =
  (temperature: number) =>
  (logits: Flat): number[] =>
    rows(logits, 9).map((row) => {
      const warm = row.map((x) => x / temperature);
      const logps = warm.map((x) => x - logSumExp(warm));
      return -dot(logps.map(Math.exp), logps);
    });

const cases: OpCase[] = [
  {
    name: 'linear',
    shapes: [
      [5, 7],
      [3, 7],
    ],
    op: (x, w) => linear(x as tf.Tensor2D, w as tf.Tensor2D),
    formula: (x, w) => rows(x, 7).flatMap((row) => rows(w, 7).map((column) => dot(row, column))),
  },
  {
    name: 'embed, an id twice',
    shapes: [[9, 7]],
    op: (table) => embed(table as tf.Tensor2D, ids()),
    formula: (table) => tokenIds.flatMap((id) => rows(table, 7)[id]!),
  },
  {
    name: 'rmsNorm',
    shapes: [[5, 7], [7]],
    op: (x, w) => rmsNorm(x as tf.Tensor2D, w as tf.Tensor1D, 1e-5),
    formula: (x, w) =>
      rows(x, 7).flatMap((row) => {
        const scale = 1 / Math.sqrt(dot(row, row) / 7 + 1e-5);
        return row.map((value, i) => value * scale * w[i]!);
      }),
  },
  {
    name: 'swiglu',
    shapes: [
      [5, 7],
      [5, 7],
    ],
    scale: 4,
    op: (gate, up) => swiglu(gate as tf.Tensor2D, up as tf.Tensor2D),
    formula: (gate, up) => gate.map((g, i) => (g / (1 + Math.exp(-g))) * up[i]!),
  },
  {
    name: 'rope, columns as positions',
    shapes: [[2, 7, 3, 6]],
    op: (x) => {
      const { cos, sin } = rotationOfColumns(ropeTable(9, 6, theta), 7);
      return rope(x as tf.Tensor4D, cos, sin);
    },
    formula: (x) => rotated(x, [2, 7, 3, 6], (_, t) => t),
  },
  {
    name: 'rope, a position for each row',
    shapes: [[3, 1, 2, 10]],
    op: (x) => {
      const { cos, sin } = rotationOfRows(ropeTable(7, 10, theta), tf.tensor1d(positions, 'int32'));
      return rope(x as tf.Tensor4D, cos, sin);
    },
    formula: (x) => rotated(x, [3, 1, 2, 10], (b) => positions[b]!),
  },
  ...[1, 0.7].map((temperature) => ({
    name: `tokenLogps, temperature ${temperature}`,
    shapes: [[5, 9]],
    scale: 3,
    op: (logits: tf.Tensor) => tokenLogps(logits as tf.Tensor2D, ids(), temperature),
    formula: logpsFormula(temperature),
  })),
  ...[1, 0.7].map((temperature) => ({
    name: `entropies, temperature ${temperature}`,
    shapes: [[5, 9]],
    scale: 3,
    op: (logits: tf.Tensor) => entropies(logits as tf.Tensor2D, temperature),
    formula: entropyFormula(temperature),
  })),
];

const inputsOf = ({ shapes, scale = 1 }: OpCase): number[][] =>
  shapes.map((shape, i) => {
    const size = shape.reduce((a, b) => a * b, 1);
    return [...draws(size, i + 1).map((x) => x * scale)];
  });

/** dΣ(dy·formula)/d inputs, by central differences in float64. */
function differences(formula: OpCase['formula'], inputs: number[][], dy: Flat): number[][] {
  const h = 1e-5;
  return inputs.map((input, which) =>
    input.map((value, i) => {
      const moved = (by: number): number => {
        const copy = inputs.map((list) => [...list]);
        copy[which]![i] = value + by;
        return dot(formula(...copy), dy);
      };
      return (moved(h) - moved(-h)) / (2 * h);
    }),
  );
}

function expectClose(actual: Flat, expected: Flat): void {
  expect(actual).toHaveLength(expected.length);
  const scale = Math.max(1, ...expected.map(Math.abs));
  actual.forEach((x, i) => {
    expect(Math.abs(x - expected[i]!) / scale).toBeLessThan(2e-6);
  });
}

const flat = (x: tf.Tensor): number[] => [...x.dataSync()];

describe.each(['cpu', 'wasm'] as const)('%s', (backend) => {
  beforeAll(async () => {
    await startNodeBackend(backend, (error) => {
      throw error;
    });
  });

  it.each(cases)('$name: value and gradient', (one) => {
    const inputs = inputsOf(one);
    const tensors = inputs.map((values, i) => tf.tensor(values, [...one.shapes[i]!]));
    const value = one.op(...tensors);
    const expected = one.formula(...inputs);
    expectClose(flat(value), expected);
    const dy = [...draws(expected.length, 9)];
    const gradients = tf.grads(one.op)(tensors, tf.tensor(dy, value.shape));
    differences(one.formula, inputs, dy).forEach((gradient, i) => {
      expect(gradients[i]!.shape).toEqual(one.shapes[i]);
      expectClose(flat(gradients[i]!), gradient);
    });
  });

  it('extreme logits give exact log-probabilities and finite gradients', () => {
    const logits = tf.tensor2d([100, -100, 0, -100, -100, -100, 100, 100, 100], [3, 3]);
    const op = (x: tf.Tensor): tf.Tensor =>
      tokenLogps(x as tf.Tensor2D, tf.tensor1d([1, 2, 0], 'int32'), 1);
    expectClose(flat(op(logits)), [-200, -Math.log(3), -Math.log(3)]);
    const third = 1 / 3;
    expectClose(flat(tf.grad(op)(logits)), [
      ...[-1, 1, 0],
      ...[-third, -third, 2 * third],
      ...[2 * third, -third, -third],
    ]);
    expectClose(flat(entropies(logits, 1)), [0, Math.log(3), Math.log(3)]);
    const colder = tf.grad((x) =>
      tokenLogps(x as tf.Tensor2D, tf.tensor1d([1, 2, 0], 'int32'), 0.05),
    );
    expect(flat(colder(logits)).every(Number.isFinite)).toBe(true);
    const sharper = tf.grad((x) => entropies(x as tf.Tensor2D, 0.05));
    expectClose(flat(sharper(logits)), Array<number>(9).fill(0));
  });

  it('a gate of ±100 is open or shut, with the slope that belongs to it', () => {
    const gate = tf.tensor2d([[100, -100, 0]]);
    const up = tf.tensor2d([[2, 2, 2]]);
    const op = (g: tf.Tensor, u: tf.Tensor): tf.Tensor =>
      swiglu(g as tf.Tensor2D, u as tf.Tensor2D);
    expectClose(flat(op(gate, up)), [200, 0, 0]);
    const [toGate, toUp] = tf.grads(op)([gate, up]);
    expectClose(flat(toGate!), [2, 0, 1]);
    expectClose(flat(toUp!), [100, 0, 0]);
  });

  it('a row of zeros stays zeros through rmsNorm, its gradient finite', () => {
    const weight = tf.tensor1d([1, 2, 3]);
    const op = (x: tf.Tensor): tf.Tensor => rmsNorm(x as tf.Tensor2D, weight, 1e-6);
    const x = tf.tensor2d([0, 0, 0, 1e4, -1e4, 1e4], [2, 3]);
    expectClose(flat(op(x)), [0, 0, 0, 1, -2, 3]);
    expect(flat(tf.grad(op)(x)).every(Number.isFinite)).toBe(true);
  });

  it('stopGradient is the identity, and nothing flows through it', () => {
    const x = tf.tensor1d([1, -2, 3]);
    const f = (y: tf.Tensor): tf.Tensor => tf.mul(stopGradient(y), y);
    expect(flat(stopGradient(x))).toEqual([1, -2, 3]);
    expect(flat(tf.grad(f)(x))).toEqual([1, -2, 3]);
  });
});
