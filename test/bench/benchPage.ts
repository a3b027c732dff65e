/**
 * The WebGPU figures in a browser: what browserBench.ts loads into a page. The tables go to the
 * console, as in Node. Registers one global function and runs nothing by itself.
 */
import { startBackend } from '../../models/backend.ts';
import { benchWebGpu, type BenchOptions } from './webgpuBench.ts';

async function benchInPage(options: BenchOptions): Promise<void> {
  await benchWebGpu(
    async (onTrouble) => (await startBackend('webgpu', { wasmPaths: {}, onTrouble })).device,
    options,
  );
}

Object.assign(globalThis, { benchInPage });
