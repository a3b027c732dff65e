/**
 * Counts what a piece of work asks of the GPU, tfjs' own dispatches included, by wrapping the
 * methods that every caller goes through. Nothing of vitest, so that it runs in a page and in a
 * carried bundle. In Node the classes are globals only once workers/nodeBackend.ts has installed
 * Dawn. One count at a time.
 */

export interface GpuCounts {
  dispatches: number;
  submits: number;
  /** Buffers mapped for reading; tfjs maps none for writing. */
  readbacks: number;
}

/** Makes `method` of `prototype` call `noted` first; gives the function that undoes it. */
function wrap(prototype: object, method: string, noted: () => void): () => void {
  const methods = prototype as Record<string, (...args: unknown[]) => unknown>;
  const original = methods[method]!;
  methods[method] = function (...args) {
    noted();
    return original.apply(this, args);
  };
  return () => {
    methods[method] = original;
  };
}

/** What `run` asked of the GPU before it settled. */
export async function countGpu(run: () => Promise<unknown>): Promise<GpuCounts> {
  const counts: GpuCounts = { dispatches: 0, submits: 0, readbacks: 0 };
  const restore = [
    wrap(GPUComputePassEncoder.prototype, 'dispatchWorkgroups', () => counts.dispatches++),
    wrap(GPUQueue.prototype, 'submit', () => counts.submits++),
    wrap(GPUBuffer.prototype, 'mapAsync', () => counts.readbacks++),
  ];
  try {
    await run();
  } finally {
    for (const undo of restore) undo();
  }
  return counts;
}
