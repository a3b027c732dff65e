/**
 * A prepared sequence of dispatches: pipelines, bind groups and sizes are made once per shape and
 * merely encoded again each time, about 2 µs a dispatch instead of the 20 to 60 µs that tfjs
 * spends on recording one. A plan owns no buffers; whoever makes it keeps them alive.
 */
import { pipelineOf, type Constants, type Program } from './program.ts';

/** What one dispatch needs. */
export interface Step {
  program: Program;
  constants?: Constants;
  /** Sizes and offsets, unsigned 32-bit, in the order of the program's `Sizes` (binding 0). */
  sizes: readonly number[];
  /** Bindings 1, 2, … */
  buffers: readonly GPUBuffer[];
  /** Invocations wanted in each dimension; rounded up to whole workgroups. */
  invocations: readonly [x: number, y?: number, z?: number];
}

interface Dispatch {
  pipeline: GPUComputePipeline;
  bindGroup: GPUBindGroup;
  /** Workgroups in each dimension. */
  x: number;
  y: number;
  z: number;
}

export interface Plan {
  /** Encodes all dispatches into a pass. */
  encode(pass: GPUComputePassEncoder): void;
  destroy(): void;
}

/** Room for one step's sizes: the alignment that every device supports for uniform offsets. */
const slotBytes = 256;

function groupsOf({ program, invocations }: Step): Pick<Dispatch, 'x' | 'y' | 'z'> {
  const [x, y = 1, z = 1] = invocations;
  const [wx, wy, wz] = program.workgroup;
  return { x: Math.ceil(x / wx), y: Math.ceil(y / wy), z: Math.ceil(z / wz) };
}

/** Makes pipelines and bind groups of `steps` and uploads their sizes. */
export function makePlan(device: GPUDevice, steps: readonly Step[]): Plan {
  const words = slotBytes / Uint32Array.BYTES_PER_ELEMENT;
  const sizes = new Uint32Array(steps.length * words);
  steps.forEach((step, i) => {
    sizes.set(step.sizes, i * words);
  });
  const uniforms = device.createBuffer({
    label: 'sizes',
    size: sizes.byteLength,
    usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
  });
  device.queue.writeBuffer(uniforms, 0, sizes);
  const dispatches = steps.map((step, i): Dispatch => {
    const pipeline = pipelineOf(device, step.program, step.constants ?? {});
    const entries = step.buffers.map((buffer, b) => ({ binding: b + 1, resource: { buffer } }));
    const own = { buffer: uniforms, offset: i * slotBytes, size: slotBytes };
    const bindGroup = device.createBindGroup({
      label: step.program.name,
      layout: pipeline.getBindGroupLayout(0),
      entries: [{ binding: 0, resource: own }, ...entries],
    });
    return { pipeline, bindGroup, ...groupsOf(step) };
  });
  return {
    encode: (pass) => {
      for (const { pipeline, bindGroup, x, y, z } of dispatches) {
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, bindGroup);
        pass.dispatchWorkgroups(x, y, z);
      }
    },
    destroy: () => {
      uniforms.destroy();
    },
  };
}
