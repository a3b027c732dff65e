/**
 * The self-test of the fused ops in real Chromium: silent where all is well, remembered per device,
 * and a kernel that gives wrong numbers, or does not compile, is left out, alone, and said so.
 */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { startBackend, type BackendChoice } from '../../models/backend.ts';
import { hasKernel } from '../../models/ops/hasKernel.ts';
import { pipelineOf } from '../../models/webgpu/program.ts';
import { activeGpu } from '../../models/webgpu/tfjsGpu.ts';
import { fusedOps, type FusedOp } from '../../src/rft/selfTest.ts';
import { checkDevice } from '../../workers/deviceCheck.ts';
import { createMemoryStore } from '../../workers/memoryStore.ts';
import { randomPolicy } from '../bench/randomPolicy.ts';

const { config } = randomPolicy();
let choice: BackendChoice;

beforeAll(async () => {
  choice = await startBackend('webgpu', {
    wasmPaths: {},
    onTrouble: (error) => {
      throw error;
    },
  });
});

/** The op on WebGPU disturbed by `spoil`, and untouched on the CPU. */
const spoilt = (op: FusedOp, spoil: (values: number[]) => number[]): FusedOp => ({
  ...op,
  run: async (policy) => {
    const values = await op.run(policy);
    return tf.getBackend() === 'webgpu' ? spoil(values) : values;
  },
});

const usedKernels = (): Record<string, boolean> =>
  Object.fromEntries(['Rollout', 'PolicyLogps', 'AdamW'].map((name) => [name, hasKernel(name)]));

describe('the self-test', () => {
  it('finds nothing wrong, leaves the backend as it was, and is not run again', async () => {
    const store = createMemoryStore();
    let runs = 0;
    const counted = fusedOps.map((op) =>
      spoilt(op, (values) => {
        runs++;
        return values;
      }),
    );
    expect(await checkDevice(choice, config, store, counted)).toEqual(choice);
    expect(runs).toBe(fusedOps.length);
    expect(tf.getBackend()).toBe('webgpu');
    expect(usedKernels()).toEqual({ Rollout: true, PolicyLogps: true, AdamW: true });
    const before = tf.memory().numTensors;
    expect(await checkDevice(choice, config, store, counted)).toEqual(choice);
    expect(runs).toBe(fusedOps.length);
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each(fusedOps.map((op) => [op.name, op] as const))(
    'a single wrong number in %s leaves out that op and no other, and says so',
    async (name, op) => {
      const wrong = fusedOps.map((one) =>
        one === op
          ? spoilt(one, (values) => values.with(-1, values.at(-1)! + 0.01 * Math.max(...values)))
          : one,
      );
      const store = createMemoryStore();
      const { notice } = await checkDevice(choice, config, store, wrong);
      expect(notice).toContain(name);
      for (const kernel of ['Rollout', 'PolicyLogps', 'AdamW']) {
        expect(hasKernel(kernel)).toBe(!op.kernels.includes(kernel));
      }
      // From memory, too.
      await checkDevice({ ...choice, device: 'another' }, config, store, []);
      expect((await checkDevice(choice, config, store, wrong)).notice).toBe(notice);
    },
  );

  it('an op whose shader is refused is left out, and the device goes on', async () => {
    const refused: FusedOp = {
      ...fusedOps[2]!,
      run: (policy) => {
        if (tf.getBackend() === 'webgpu') {
          const broken = {
            name: 'broken',
            code: 'fn main() { no }',
            workgroup: [1, 1, 1],
          } as const;
          pipelineOf(activeGpu().device, broken, {});
        }
        return fusedOps[2]!.run(policy);
      },
    };
    const store = createMemoryStore();
    const { notice } = await checkDevice(choice, config, store, [refused]);
    expect(notice).toContain('AdamW');
    expect(hasKernel('AdamW')).toBe(false);
    expect((await checkDevice(choice, config, createMemoryStore())).notice).toBeUndefined();
  });
});
