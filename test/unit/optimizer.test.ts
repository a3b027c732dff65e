/**
 * AdamW, as the WASM kernel and as the composition, against plain float64 JavaScript; the flat
 * layout; clipping; the schedules.
 */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { flatSize, flatten, unflatten } from '../../models/ops/flat.ts';
import { hasKernel } from '../../models/ops/hasKernel.ts';
import {
  adamWUpdate,
  globalNorm,
  initialOptimizerState,
  learningRateAt,
  type AdamWOptions,
} from '../../src/rft/optimizer.ts';
import { startNodeBackend } from '../../workers/nodeBackend.ts';
import { draws } from './draws.ts';

beforeAll(async () => {
  await startNodeBackend('wasm', (error) => {
    throw error;
  });
});

const shapes = [[7, 5], [9], [3, 4, 50], [1]];
const sizes = shapes.map((shape) => shape.reduce((a, b) => a * b, 1));
const total = sizes.reduce((a, b) => a + b, 0);

/** Variables of the shapes above, filled with fixed draws. */
const makeVariables = (seed: number): tf.Variable[] =>
  shapes.map((shape, i) => tf.variable(tf.tensor(draws(sizes[i]!, seed + i), shape)));

const valuesOf = (variables: readonly tf.Tensor[]): number[] =>
  variables.flatMap((variable) => [...variable.dataSync()]);

/** A flat gradient of fixed draws times `scale`, zero in the padding. */
function flatGradient(seed: number, scale = 1): tf.Tensor1D {
  const padded = new Float32Array(flatSize(makeVariables(0)));
  padded.set(draws(total, seed).map((x) => x * scale));
  return tf.tensor1d(padded);
}

const options: AdamWOptions = {
  adamBeta1: 0.9,
  adamBeta2: 0.95,
  adamEpsilon: 1e-8,
  weightDecay: 0,
  maxGradNorm: 1e6,
};

describe('flat layout', () => {
  it('is the tensors in order, then zeros up to a whole lane, and goes back bit for bit', () => {
    const variables = makeVariables(1);
    const flat = flatten(variables);
    const values = [...flat.dataSync()];
    expect(values.length % 512).toBe(0);
    expect(values.length).toBe(flatSize(variables));
    expect(values.slice(0, total)).toEqual(valuesOf(variables));
    expect(values.slice(total).every((x) => x === 0)).toBe(true);
    const others = makeVariables(2);
    unflatten(flat, others);
    expect(valuesOf(others)).toEqual(valuesOf(variables));
    expect(others.map((variable) => variable.shape)).toEqual(shapes);
  });

  it('adds no padding when the size is a whole lane already', () => {
    expect(flatten([tf.ones([512]), tf.ones([2, 256])]).size).toBe(1024);
  });
});

interface Moments {
  m: number[];
  v: number[];
  updates: number;
}

/** Loshchilov & Hutter's algorithm 2 on one list of numbers, after clipping; float64. */
function referenceUpdate(
  parameters: number[],
  gradient: number[],
  state: Moments,
  rate: number,
  o: AdamWOptions,
): number[] {
  const norm = Math.hypot(...gradient);
  const clip = Math.min(1, o.maxGradNorm / (norm + 1e-6));
  state.updates += 1;
  return parameters.map((x, i) => {
    const g = gradient[i]! * clip;
    state.m[i] = o.adamBeta1 * state.m[i]! + (1 - o.adamBeta1) * g;
    state.v[i] = o.adamBeta2 * state.v[i]! + (1 - o.adamBeta2) * g * g;
    const mHat = state.m[i] / (1 - o.adamBeta1 ** state.updates);
    const vHat = state.v[i] / (1 - o.adamBeta2 ** state.updates);
    return x - rate * (mHat / (Math.sqrt(vHat) + o.adamEpsilon) + o.weightDecay * x);
  });
}

describe.each([
  ['kernel', 'wasm'],
  ['composition', 'cpu'],
] as const)('AdamW, the %s on %s', (way, backend) => {
  beforeAll(() => tf.setBackend(backend));
  afterAll(() => tf.setBackend('wasm'));

  it('is what runs there', () => {
    expect(hasKernel('AdamW')).toBe(way === 'kernel');
  });

  it.each([
    ['plain', options],
    ['with decay and a clip that bites', { ...options, weightDecay: 0.1, maxGradNorm: 0.5 }],
    ['with a large epsilon', { ...options, adamEpsilon: 0.3, adamBeta1: 0, adamBeta2: 0.999 }],
  ])('%s: five updates agree with float64', (_name, chosen) => {
    const variables = makeVariables(3);
    let expected = valuesOf(variables);
    const state = initialOptimizerState(variables);
    const moments = {
      m: new Array<number>(total).fill(0),
      v: new Array<number>(total).fill(0),
      updates: 0,
    };
    for (let step = 0; step < 5; step++) {
      const gradient = flatGradient(10 + step);
      const rate = 0.02 / (step + 1);
      adamWUpdate(variables, gradient, state, rate, chosen);
      const plain = [...gradient.dataSync()].slice(0, total);
      expected = referenceUpdate(expected, plain, moments, rate, chosen);
    }
    expect(state.updates).toBe(5);
    valuesOf(variables).forEach((x, i) => {
      expect(Math.abs(x - expected[i]!)).toBeLessThan(2e-6);
    });
  });

  it('returns the norm before clipping, and clips by the norm of all parameters together', () => {
    const [large, small] = [flatGradient(4, 10), flatGradient(4, 0.001)];
    const norm = Math.hypot(...large.dataSync());
    expect(globalNorm(large).dataSync()[0]).toBeCloseTo(norm, 3);
    const momentsAfter = (gradient: tf.Tensor1D): { norm: number; m: number[] } => {
      const variables = makeVariables(3);
      const state = initialOptimizerState(variables);
      const before = adamWUpdate(variables, gradient, state, 0.1, { ...options, maxGradNorm: 1 });
      return { norm: before.dataSync()[0]!, m: [...state.m.dataSync()] };
    };
    const clipped = momentsAfter(large);
    expect(clipped.norm).toBeCloseTo(norm, 3);
    expect(Math.hypot(...clipped.m)).toBeCloseTo(0.1, 6); // (1 − β₁) · maxGradNorm
    const untouched = momentsAfter(small);
    expect(untouched.norm).toBeCloseTo(norm / 10_000, 6);
    expect(Math.hypot(...untouched.m)).toBeCloseTo(norm / 100_000, 7);
  });

  it.each([
    ['every parameter', [0.95, 0.95, 0.95, 0.95]],
    ['matrices only', [0.95, 1, 0.95, 1]],
  ] as const)('weight decay of %s', (decays, factors) => {
    const variables = makeVariables(3);
    const before = variables.map((variable) => [...variable.dataSync()]);
    const none = tf.zeros<tf.Rank.R1>([flatSize(variables)]);
    const state = initialOptimizerState(variables);
    adamWUpdate(variables, none, state, 0.1, { ...options, weightDecay: 0.5 }, decays);
    variables.forEach((variable, i) => {
      const values = [...variable.dataSync()];
      if (factors[i] === 1) expect(values).toEqual(before[i]);
      values.forEach((x, j) => {
        expect(x).toBeCloseTo(factors[i]! * before[i]![j]!, 6);
      });
    });
  });

  it('gives equal bits for equal inputs', () => {
    const run = (): number[] => {
      const variables = makeVariables(3);
      const state = initialOptimizerState(variables);
      for (let step = 0; step < 3; step++) {
        adamWUpdate(variables, flatGradient(step), state, 0.1, { ...options, weightDecay: 0.1 });
      }
      return [...valuesOf(variables), ...state.m.dataSync(), ...state.v.dataSync()];
    };
    expect(run()).toEqual(run());
  });

  it('leaves tensors alone that share a variable’s values', () => {
    const variables = makeVariables(3);
    const copies = variables.map((variable) => tf.clone(variable));
    const before = valuesOf(copies);
    adamWUpdate(variables, flatGradient(4), initialOptimizerState(variables), 0.1, options);
    expect(valuesOf(copies)).toEqual(before);
    expect(valuesOf(variables)).not.toEqual(before);
  });

  it('makes no tensors but the moments, the norm and its few constants', () => {
    const variables = makeVariables(3);
    const state = initialOptimizerState(variables);
    const gradient = flatGradient(4);
    adamWUpdate(variables, gradient, state, 0.1, options).dispose();
    const before = tf.memory().numTensors;
    adamWUpdate(variables, gradient, state, 0.2, options).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('learning rate', () => {
  const at = (
    update: number,
    lrSchedulerType: 'constant_with_warmup' | 'linear' | 'cosine',
    warmupSteps = 4,
  ): number => learningRateAt(update, 24, { learningRate: 0.8, warmupSteps, lrSchedulerType });

  it('rises in equal parts over the warm-up, whatever follows', () => {
    for (const schedule of ['constant_with_warmup', 'linear', 'cosine'] as const) {
      const rates = [0, 1, 2, 3, 4].map((update) => at(update, schedule));
      [0.2, 0.4, 0.6, 0.8, 0.8].forEach((rate, i) => {
        expect(rates[i]).toBeCloseTo(rate, 12);
      });
    }
  });

  it('then stays, or falls linearly or along a cosine towards 0 after the last update', () => {
    expect(at(23, 'constant_with_warmup')).toBe(0.8);
    expect([9, 14, 19, 24].map((update) => at(update, 'linear'))).toEqual([
      expect.closeTo(0.6, 12),
      expect.closeTo(0.4, 12),
      expect.closeTo(0.2, 12),
      0,
    ]);
    expect([9, 14, 19, 24].map((update) => at(update, 'cosine'))).toEqual([
      expect.closeTo(0.4 * (1 + Math.SQRT1_2), 12),
      expect.closeTo(0.4, 12),
      expect.closeTo(0.4 * (1 - Math.SQRT1_2), 12),
      0,
    ]);
    expect(at(23, 'linear')).toBeGreaterThan(0);
  });

  it('starts at its peak without a warm-up, and bears one longer than the run', () => {
    expect(at(0, 'linear', 0)).toBe(0.8);
    expect(at(23, 'cosine', 100)).toBeCloseTo(0.8 * 0.24, 12);
  });
});
