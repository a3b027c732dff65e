/**
 * The training pass and AdamW as WebGPU kernels against the compositions on tfjs' CPU backend:
 * log-probabilities, the gradient of every parameter, updates; equal bits; nothing left behind.
 */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { startBackend } from '../../models/backend.ts';
import { flatSize } from '../../models/ops/flat.ts';
import { hasKernel } from '../../models/ops/hasKernel.ts';
import { logpsGradient } from '../../models/ops/policyLogps.ts';
import { forceProductWay, productWayOf } from '../../models/webgpu/productWay.ts';
import { activeGpu } from '../../models/webgpu/tfjsGpu.ts';
import { disposePolicy } from '../../models/policy.ts';
import { adamWUpdate, initialOptimizerState, type AdamWOptions } from '../../src/rft/optimizer.ts';
import { countGpu } from '../bench/gpuCounts.ts';
import { draws } from '../unit/draws.ts';
import {
  cases,
  compare,
  distance,
  entropyCases,
  evaluate,
  makeBatch,
  makePolicy,
  onEntropies,
  onLogps,
  untied,
  type Values,
} from '../unit/policyLogpsCases.ts';

beforeAll(async () => {
  await startBackend('webgpu', {
    wasmPaths: {},
    onTrouble: (error) => {
      throw error;
    },
  });
});

describe('the training pass', () => {
  it('is a kernel on WebGPU', async () => {
    await tf.setBackend('webgpu');
    expect(hasKernel('PolicyLogps')).toBe(true);
  });

  // With a head of 6 the composition serves.
  it.each([...cases, ...entropyCases].filter(({ sizes }) => sizes?.['head_dim'] !== 6))(
    'values and gradients equal the composition: %j',
    async (one) => {
      await compare('webgpu', one, 1e-5);
    },
  );

  it('adds up several shares of many tokens', async () => {
    await compare('webgpu', { B: 17, T: 64, sizes: { vocab_size: 13 } }, 1e-5);
  });

  it.each([
    cases[2]!,
    cases[3]!,
    cases[4]!,
    { B: 3, T: 30, sizes: { hidden_size: 24, head_dim: 8 }, entropies: true },
  ])('matrix products over tiles give the same: %j', async (one) => {
    forceProductWay('tiled');
    await compare('webgpu', one, 1e-5).finally(() => forceProductWay(undefined));
  });

  it('takes products without tiles on a software adapter', () => {
    const { adapterInfo } = activeGpu().device;
    const software = JSON.stringify([adapterInfo.architecture, adapterInfo.description]);
    const expected = /swiftshader/i.test(software) ? 'direct' : 'tiled';
    expect(productWayOf(activeGpu().device)).toBe(expected);
  });

  it('extreme logits: the same values and gradients, all of them finite', async () => {
    const one = { B: 2, T: 11, sizes: untied, sharpness: 1000 };
    const { logps, gradient } = await compare('webgpu', one, 1e-4);
    expect(Math.min(...logps)).toBeLessThan(-500);
    expect(gradient.every(Number.isFinite)).toBe(true);
  });

  it.each([0.7, 1, 1.3])('extreme logits: entropies too, at temperature %f', async (t) => {
    const sizes = { ...untied, vocab_size: 37 };
    const one = { B: 2, T: 11, sizes, sharpness: 1000, temperature: t, entropies: true };
    const { entropies, gradient } = await compare('webgpu', one, 1e-4);
    expect(Math.min(...entropies)).toBeLessThan(1e-6);
    expect([...entropies, ...gradient].every(Number.isFinite)).toBe(true);
  });

  it('a loss may leave out either', async () => {
    await compare('webgpu', entropyCases[4]!, 1e-5, onLogps);
    await compare('webgpu', entropyCases[4]!, 1e-5, onEntropies);
  });

  it('asking for entropies changes nothing else', async () => {
    const plain = await evaluate('webgpu', logpsGradient, cases[4]!, onLogps);
    const asked = await evaluate('webgpu', logpsGradient, entropyCases[4]!, onLogps);
    expect(asked.logps).toEqual(plain.logps);
    expect(distance(asked.gradient, plain.gradient)).toBeLessThan(1e-6);
  });

  it.each([
    ['without', cases, entropyCases],
    ['with', entropyCases, cases],
  ])(
    'equal inputs give equal bits, whatever ran in between: %s entropies',
    async (_, own, other) => {
      const first = await evaluate('webgpu', logpsGradient, own[7]!);
      await evaluate('webgpu', logpsGradient, other[4]!);
      expect(await evaluate('webgpu', logpsGradient, own[7]!)).toEqual(first);
    },
  );

  it('buffers that grow between two passes spoil nothing that is still under way', async () => {
    await tf.setBackend('webgpu');
    const policy = makePolicy({ B: 1, T: 1, sizes: { hidden_size: 40, head_dim: 8 } });
    const gradientOf = (columns: number): tf.Tensor1D =>
      tf.tidy(() => {
        const { ids, targets, dy } = makeBatch(9, columns, policy.config.vocabSize);
        const pass = { ids, targets, temperature: 1 };
        return logpsGradient(policy, pass, (logps) => tf.sum(tf.mul(dy, logps))).gradient;
      });
    const sizes = [2, 30, 100];
    // Nothing is read, so nothing need have been submitted, before the largest pass is recorded.
    const together = sizes.map(gradientOf);
    const values = await Promise.all(together.map((gradient) => gradient.data()));
    for (const [i, columns] of sizes.entries()) {
      const alone = gradientOf(columns);
      expect(await alone.data()).toEqual(values[i]);
      expect(Math.max(...values[i]!)).toBeGreaterThan(0);
      alone.dispose();
    }
    tf.dispose(together);
    disposePolicy(policy);
  });

  it('entropies take one dispatch, and one of zeros where the loss ignores them', async () => {
    await tf.setBackend('webgpu');
    const policy = makePolicy(cases[4]!);
    const batch = makeBatch(3, 9, policy.config.vocabSize);
    const pass = { ids: batch.ids, targets: batch.targets, temperature: 1 };
    const dispatchesOf = async (entropies: boolean): Promise<number> => {
      const work = async (): Promise<void> => {
        const made = logpsGradient(policy, pass, onLogps(batch), { entropies });
        await made.gradient.data();
        tf.dispose(Object.values(made).filter((tensor) => tensor !== null));
      };
      await work();
      return (await countGpu(work)).dispatches;
    };
    const plain = await dispatchesOf(false);
    expect(plain).toBeGreaterThan(20);
    expect(await dispatchesOf(true)).toBe(plain + 2);
    tf.dispose(Object.values(batch));
    disposePolicy(policy);
  });

  it.each([cases[2]!, entropyCases[2]!])('leaves no tensor behind: %j', async (one) => {
    await evaluate('webgpu', logpsGradient, one);
    const before = tf.memory();
    await evaluate('webgpu', logpsGradient, one);
    expect(tf.memory().numTensors).toBe(before.numTensors);
    expect(tf.memory().numBytes).toBe(before.numBytes);
  });
});

const shapes = [[7, 5], [9], [3, 4, 50], [1]];

const options: AdamWOptions = {
  adamBeta1: 0.9,
  adamBeta2: 0.95,
  adamEpsilon: 1e-8,
  weightDecay: 0,
  maxGradNorm: 1e6,
};

/** Five updates of the shapes above on a backend: variables, moments and the last norm. */
async function updated(backend: string, chosen: AdamWOptions): Promise<Values> {
  await tf.setBackend(backend);
  const variables = shapes.map((shape, i) => {
    const values = draws(
      shape.reduce((a, b) => a * b, 1),
      3 + i,
    );
    return tf.variable(tf.tensor(values, shape));
  });
  const size = flatSize(variables);
  const used = variables.reduce((sum, variable) => sum + variable.size, 0);
  const state = initialOptimizerState(variables);
  let norm = tf.scalar(0);
  for (let step = 0; step < 5; step++) {
    const gradient = new Float32Array(size);
    gradient.set(draws(used, 10 + step));
    norm = adamWUpdate(
      variables,
      tf.tensor1d(gradient),
      state,
      0.02 / (step + 1),
      chosen,
      'matrices only',
    );
    await variables[0]!.data(); // what was read must not be what is read the next time
  }
  const all = [...variables, state.m, state.v, norm];
  const values = await Promise.all(all.map((tensor) => tensor.data()));
  tf.dispose(all);
  return Float32Array.from(values.flatMap((part) => [...part]));
}

describe('AdamW', () => {
  it.each([
    ['plain', options],
    ['with decay and a clip that bites', { ...options, weightDecay: 0.1, maxGradNorm: 0.5 }],
    ['with a large epsilon', { ...options, adamEpsilon: 0.3, adamBeta1: 0, adamBeta2: 0.999 }],
  ])('%s: five updates equal the composition, bit for bit the second time', async (_, chosen) => {
    const expected = await updated('cpu', chosen);
    const actual = await updated('webgpu', chosen);
    expect(hasKernel('AdamW')).toBe(true);
    expect(distance(actual, expected)).toBeLessThan(2e-6);
    expect(await updated('webgpu', chosen)).toEqual(actual);
  });
});
