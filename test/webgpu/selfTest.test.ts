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
import { CodedError } from '../../models/errors.ts';
import { decoderOf } from '../../src/rft/policyDecoder.ts';
import { policyTable } from '../../src/rft/policyTable.ts';
import { fusedOps, type FusedOp } from '../../src/rft/selfTest.ts';
import type { DeviceCheckStore } from '../../src/storage/runStore.ts';
import { vocabulary } from '../../src/tasks/vocabulary.ts';
import { checkDevice, type CheckHost } from '../../workers/deviceCheck.ts';
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

const hostOf = (store: DeviceCheckStore = createMemoryStore()): CheckHost => ({
  store,
  checkTrouble: () => Promise.resolve(),
  warn: (error) => {
    throw error;
  },
});

/** The op with its results on WebGPU changed by `spoil`, and untouched on the CPU. */
const spoilt = (op: FusedOp, spoil: (parts: number[][]) => number[][]): FusedOp => ({
  ...op,
  run: async (policy) => {
    const parts = await op.run(policy);
    return tf.getBackend() === 'webgpu' ? spoil(parts) : parts;
  },
});

/** The smallest part of an op's results with one number wrong by 1 % of the part's largest. */
function oneWrong(parts: number[][]): number[][] {
  const sizes = parts.map((part) => Math.max(...part.map(Math.abs)));
  const least = sizes.indexOf(Math.min(...sizes));
  return parts.map((part, i) =>
    i === least ? part.with(0, part[0]! + 0.01 * sizes[least]!) : part,
  );
}

const usedKernels = (): Record<string, boolean> =>
  Object.fromEntries(['Rollout', 'PolicyLogps', 'AdamW'].map((name) => [name, hasKernel(name)]));
const allUsed = { Rollout: true, PolicyLogps: true, AdamW: true };

describe('the self-test', () => {
  it('finds nothing wrong, leaves the backend as it was, and is not run again', async () => {
    const store = createMemoryStore();
    let runs = 0;
    const counted = fusedOps.map((op) =>
      spoilt(op, (parts) => {
        runs++;
        return parts;
      }),
    );
    expect(await checkDevice(choice, config, hostOf(store), counted)).toEqual(choice);
    expect(runs).toBe(fusedOps.length);
    expect(tf.getBackend()).toBe('webgpu');
    expect(usedKernels()).toEqual(allUsed);
    expect(await checkDevice(choice, config, hostOf(store), counted)).toEqual(choice);
    expect(runs).toBe(fusedOps.length);
  });

  it.each(Object.entries(policyTable))('finds nothing wrong for %s', async (_name, { shape }) => {
    const decoder = decoderOf(shape, vocabulary.length);
    expect(await checkDevice(choice, decoder, hostOf())).toEqual(choice);
  });

  it('leaves no tensor behind', async () => {
    await checkDevice(choice, config, hostOf());
    const before = tf.memory().numTensors;
    await checkDevice(choice, config, hostOf());
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each(fusedOps.map((op) => [op.name, op] as const))(
    'a single wrong number in %s leaves out that op and no other, says so, and remembers it',
    async (name, op) => {
      const wrong = fusedOps.map((one) => (one === op ? spoilt(one, oneWrong) : one));
      const host = hostOf();
      const { notice } = await checkDevice(choice, config, host, wrong);
      expect(notice).toContain(name);
      const left = Object.fromEntries(
        Object.keys(allUsed).map((kernel) => [kernel, !op.kernels.includes(kernel)]),
      );
      expect(usedKernels()).toEqual(left);
      await checkDevice({ ...choice, device: 'another' }, config, hostOf());
      expect(usedKernels()).toEqual(allUsed);
      expect((await checkDevice(choice, config, host)).notice).toBe(notice);
      expect(usedKernels()).toEqual(left);
    },
  );

  it('moments that stay 0 do not pass', async () => {
    const [adamW] = fusedOps.filter(({ name }) => name === 'AdamW');
    const still = spoilt(adamW!, (parts) =>
      parts.with(
        -3,
        parts.at(-3)!.map(() => 0),
      ),
    );
    expect((await checkDevice(choice, config, hostOf(), [still])).notice).toContain('AdamW');
  });

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
    const { notice } = await checkDevice(choice, config, hostOf(), [refused]);
    expect(notice).toContain('AdamW');
    expect(hasKernel('AdamW')).toBe(false);
    expect((await checkDevice(choice, config, hostOf())).notice).toBeUndefined();
  });

  it('after trouble with the device nothing is remembered', async () => {
    const store = createMemoryStore();
    const trouble = new CodedError('device-lost', 'The GPU was lost.');
    const host = { ...hostOf(store), checkTrouble: () => Promise.reject(trouble) };
    const wrong = [spoilt(fusedOps[2]!, oneWrong)];
    await expect(checkDevice(choice, config, host, wrong)).rejects.toBe(trouble);
    expect((await checkDevice(choice, config, hostOf(store))).notice).toBeUndefined();
  });

  it('a full disk is told and stops nothing', async () => {
    const told: string[] = [];
    const full = new CodedError('storage-full', 'no room');
    const host: CheckHost = {
      ...hostOf(),
      store: { ...createMemoryStore(), saveDeviceCheck: () => Promise.reject(full) },
      warn: ({ code }) => told.push(code),
    };
    expect(await checkDevice(choice, config, host)).toEqual(choice);
    expect(told).toEqual(['check-not-stored']);
  });
});
