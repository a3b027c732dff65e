/**
 * Starts the tensor backend: WebGPU where there is an adapter, else WASM, else what was asked for
 * by name. The host passes in where WASM's binaries lie, because that differs between a bundle
 * and Node. Backends are imported only when started, so a page loads one of them.
 */
import * as tf from '@tensorflow/tfjs-core';
import { CodedError } from './errors.ts';
import type { DeviceLimits } from './memory.ts';
import { forgetScalars } from './ops/scalars.ts';
import {
  freeKernelMemory,
  limitsOfBackend,
  startWebGpu,
  type OnDeviceTrouble,
} from './webgpu/device.ts';

export type BackendName = 'webgpu' | 'wasm' | 'cpu';

export interface BackendChoice {
  backend: BackendName;
  /** For people: the adapter, or threads and SIMD. */
  device: string;
  /** Set when a better backend could not be had: what is missing and what it means. */
  notice?: string;
}

export interface BackendHost {
  /** URL or file path of each of tfjs' .wasm files, by file name. */
  wasmPaths: Record<string, string>;
  /** Fetches a binary so that progress can be shown; gives the address to load it from. */
  fetchBinary?: (url: string) => Promise<string>;
  onTrouble: OnDeviceTrouble;
}

/** The one of tfjs' three binaries that this browser will run. */
async function wasmFileName(): Promise<string> {
  const simd = await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT');
  const threads = await tf.env().getAsync('WASM_HAS_MULTITHREAD_SUPPORT');
  if (!simd) return 'tfjs-backend-wasm.wasm';
  return threads ? 'tfjs-backend-wasm-threaded-simd.wasm' : 'tfjs-backend-wasm-simd.wasm';
}

async function startWasm(host: BackendHost): Promise<string> {
  const [wasm, { registerWasmKernels }] = await Promise.all([
    import('@tensorflow/tfjs-backend-wasm'),
    import('./wasm/register.ts'),
  ]);
  const paths = { ...host.wasmPaths };
  const used = await wasmFileName();
  const address = paths[used];
  if (host.fetchBinary && address !== undefined) paths[used] = await host.fetchBinary(address);
  wasm.setWasmPaths(paths);
  if (!(await tf.setBackend('wasm'))) {
    throw new CodedError('no-wasm', 'The WebAssembly backend did not start.');
  }
  registerWasmKernels();
  const threads = wasm.getThreadsCount();
  const simd = await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT');
  const count = threads > 1 ? `${String(threads)} threads` : '1 thread';
  return `CPU, ${count}${simd ? ', SIMD' : ''}`;
}

/** Makes tfjs' CPU backend available beside the active one, as the oracle of a self-test. */
export async function startCpuOracle(): Promise<void> {
  await import('@tensorflow/tfjs-backend-cpu');
}

async function startCpu(): Promise<string> {
  await startCpuOracle();
  await tf.setBackend('cpu');
  return 'CPU, plain JavaScript';
}

const starters: Record<BackendName, (host: BackendHost) => Promise<string>> = {
  webgpu: (host) => startWebGpu(host.onTrouble),
  wasm: startWasm,
  cpu: startCpu,
};

/** Starts exactly this backend, or throws. */
export async function startBackend(
  backend: BackendName,
  host: BackendHost,
): Promise<BackendChoice> {
  forgetScalars();
  tf.enableProdMode();
  const device = await starters[backend](host);
  await tf.ready();
  return { backend, device };
}

/** WebGPU if it can be had, else WASM with a notice that says why. */
export async function startBestBackend(host: BackendHost): Promise<BackendChoice> {
  try {
    return await startBackend('webgpu', host);
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    const choice = await startBackend('wasm', host);
    return { ...choice, notice: `${error.message} Training runs on the CPU instead, more slowly.` };
  }
}

/** What the active backend's device allows; null where only the whole is limited (WASM, CPU). */
export function deviceLimits(): DeviceLimits | null {
  return tf.getBackend() === 'webgpu' ? limitsOfBackend() : null;
}

/** Frees what our own kernels keep between calls; for when the policy they worked on goes. */
export function freeWorkspaces(): void {
  if (tf.getBackend() === 'webgpu') freeKernelMemory();
}
