/**
 * Where the GPU's time goes, kernel by kernel: every dispatch is given a compute pass of its own
 * with timestamps around it, which slows the whole down but not the kernels. Times are summed by
 * the pipelines' labels: our programs' names, and the names of tfjs' program classes.
 * Chromium and Dawn round timestamps to 0.1 ms unless started with
 * `disable-dawn-features=timestamp_quantization`, as the bench does.
 */
import { activeGpu } from '../../models/webgpu/tfjsGpu.ts';
import { disposeLearner } from '../../src/rft/learner.ts';
import { takePath, type Path } from './stepFigures.ts';
import type { KernelTime } from './table.ts';
import { Timestamps } from './timestamps.ts';
import { learnerOf, stepOnce, type Workload } from './workloads.ts';

type BeginPass = (descriptor: GPUComputePassDescriptor) => GPUComputePassEncoder;
type BindGroup = Parameters<GPUComputePassEncoder['setBindGroup']>;

/** Stands in for a compute pass: opens a real one around each dispatch. */
function splitPass(begin: BeginPass, times: Timestamps): Partial<GPUComputePassEncoder> {
  let pipeline: GPUComputePipeline | undefined;
  const groups = new Map<number, BindGroup>();
  const alone = (dispatch: (pass: GPUComputePassEncoder) => void): undefined => {
    if (!pipeline) throw new Error('internal: a dispatch without a pipeline');
    const pass = begin({ timestampWrites: times.next(pipeline.label) });
    pass.setPipeline(pipeline);
    for (const group of groups.values()) pass.setBindGroup(...group);
    dispatch(pass);
    pass.end();
  };
  return {
    setPipeline: (used) => {
      pipeline = used;
      return undefined;
    },
    setBindGroup: (...group: unknown[]) => {
      groups.set(group[0] as number, group as BindGroup);
      return undefined;
    },
    dispatchWorkgroups: (...size) => alone((pass) => pass.dispatchWorkgroups(...size)),
    dispatchWorkgroupsIndirect: (...from) =>
      alone((pass) => pass.dispatchWorkgroupsIndirect(...from)),
    end: () => undefined,
  };
}

/** Time by kernel of what `work` has `device` do. */
async function profiled(device: GPUDevice, work: () => Promise<unknown>): Promise<KernelTime[]> {
  const times = new Timestamps(device);
  const prototype = GPUCommandEncoder.prototype;
  // Called with its own `this` below.
  // eslint-disable-next-line @typescript-eslint/unbound-method
  const original = prototype.beginComputePass;
  prototype.beginComputePass = function () {
    const begin: BeginPass = (descriptor) => original.call(this, descriptor);
    return splitPass(begin, times) as GPUComputePassEncoder;
  };
  try {
    await work();
  } finally {
    prototype.beginComputePass = original;
  }
  return times.sums();
}

/**
 * One whole step of a workload on the active backend, after one that warms up; null where the
 * device has no timestamps.
 */
export async function profiledStep(workload: Workload, path: Path): Promise<KernelTime[] | null> {
  const device = activeGpu().device;
  if (!device.features.has('timestamp-query')) return null;
  takePath(path);
  const learner = learnerOf(workload);
  await stepOnce(learner);
  const times = await profiled(device, () => stepOnce(learner));
  disposeLearner(learner);
  takePath('ours');
  return times;
}
