/**
 * A GPU error must not pass in silence, because the results are zeros then: real validation
 * errors on our own device, in plain WebGPU and inside a tfjs program, reach `onTrouble`; taking
 * a device down ourselves does not; and what is missing is named.
 */
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';
import type { CodedError } from '../../models/errors.ts';
import { requestDevice, startWebGpu } from '../../models/webgpu/device.ts';

const brokenWgsl = '@compute @workgroup_size(1) fn main() { let x: f32 = true; }';

function listen() {
  const troubles: CodedError[] = [];
  return { troubles, onTrouble: (error: CodedError) => void troubles.push(error) };
}

/** One turn of the event loop, as the trainer takes one before it trusts what it has read. */
const breathe = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

/** Has the GPU do, and report, everything asked of it so far. */
async function flush(device: GPUDevice): Promise<void> {
  await device.queue.onSubmittedWorkDone();
  await breathe();
}

const mistakes: [string, (device: GPUDevice) => void, RegExp][] = [
  [
    'a shader that does not compile',
    (device) => device.createShaderModule({ code: brokenWgsl }),
    /cannot initialize 'let'|type 'bool'|type 'f32'/,
  ],
  [
    'a pipeline made from it',
    (device) => {
      device.pushErrorScope('validation');
      const module = device.createShaderModule({ code: brokenWgsl });
      void device.popErrorScope(); // leaves the pipeline's own error to be seen
      device.createComputePipeline({ layout: 'auto', compute: { module, entryPoint: 'main' } });
    },
    /Invalid ShaderModule/,
  ],
  [
    'a buffer without a possible use',
    (device) =>
      device.createBuffer({ size: 4, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.STORAGE }),
    /usage/i,
  ],
];

describe('our device', () => {
  it.each(mistakes)('reports %s', async (_name, make, detail) => {
    const { troubles, onTrouble } = listen();
    const { device } = await requestDevice(onTrouble);
    await flush(device);
    expect(troubles).toEqual([]);
    make(device);
    await flush(device);
    expect(troubles.map(({ code }) => code)).toEqual(['gpu-error']);
    expect(troubles[0]?.detail).toMatch(detail);
    device.destroy();
  });

  it('does not report its own end', async () => {
    const { troubles, onTrouble } = listen();
    const { device } = await requestDevice(onTrouble);
    device.destroy();
    expect((await device.lost).reason).toBe('destroyed');
    await breathe();
    expect(troubles).toEqual([]);
  });
});

describe('the tfjs backend on our device', () => {
  it('computes without trouble, and reports a program whose shader does not compile', async () => {
    const { troubles, onTrouble } = listen();
    await startWebGpu(onTrouble);
    const x = tf.tensor1d([1, 2, 3]);
    expect([...(await tf.square(x).data())]).toEqual([1, 4, 9]);
    expect(troubles).toEqual([]);
    const program = {
      variableNames: ['x'],
      outputShape: [3],
      workgroupSize: [64, 1, 1],
      dispatchLayout: { x: [0] },
      dispatch: [1, 1, 1],
      shaderKey: 'brokenOnPurpose',
      size: true,
      getUserCode: () => 'fn main(index : i32) { setOutputAtIndex(index, notDeclared); }',
    };
    const backend = tf.backend() as unknown as {
      runWebGPUProgram(program: object, inputs: tf.TensorInfo[], dtype: string): tf.TensorInfo;
    };
    const broken = backend.runWebGPUProgram(program, [x], 'float32');
    await tf.engine().makeTensorFromTensorInfo(broken).data(); // no exception: hence the event
    await breathe();
    expect(new Set(troubles.map(({ code }) => code))).toEqual(new Set(['gpu-error']));
    expect(troubles[0]?.detail).toContain('notDeclared');
  });
});

describe('without a usable GPU', () => {
  /** What takes navigator.gpu's place; deleted afterwards, the real one shows again. */
  const putInPlace = (gpu: unknown): void => {
    Object.defineProperty(navigator, 'gpu', { value: gpu, configurable: true });
  };
  afterEach(() => {
    Reflect.deleteProperty(navigator, 'gpu');
  });

  const cases: [string, () => unknown, string][] = [
    ['no WebGPU', () => undefined, 'This browser has no WebGPU.'],
    [
      'no adapter',
      () => ({ requestAdapter: () => Promise.resolve(null) }),
      'WebGPU found no graphics adapter.',
    ],
    [
      'an adapter that gives no device',
      async () => {
        const adapter = await navigator.gpu.requestAdapter();
        (await adapter!.requestDevice()).destroy(); // one adapter gives one device, no second
        return { requestAdapter: () => Promise.resolve(adapter) };
      },
      'The graphics adapter refused a device.',
    ],
  ];

  it.each(cases)('%s is named', async (_name, gpu, message) => {
    const { troubles, onTrouble } = listen();
    putInPlace(await gpu());
    await expect(startWebGpu(onTrouble)).rejects.toMatchObject({ code: 'no-webgpu', message });
    expect(troubles).toEqual([]);
  });

  it('the real one is back', async () => {
    const { device } = await requestDevice(listen().onTrouble);
    expect(device.limits.maxStorageBuffersPerShaderStage).toBeGreaterThanOrEqual(8);
    device.destroy();
  });
});
