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
  /** For people: the adapter, or whether there is SIMD. */
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

/** Whether tfjs' WASM backend was started before; its binary is loaded once. */
const hasWasm = (): boolean => 'wasm' in tf.engine().registry;

async function startWasm(host: BackendHost): Promise<string> {
  const [wasm, { registerWasmKernels }] = await Promise.all([
    import('@tensorflow/tfjs-backend-wasm'),
    import('./wasm/register.ts'),
  ]);
  // tfjs' third binary has threads. Our kernels use none, and one binary gives everyone the same bits.
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  const simd = await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT');
  const used = `tfjs-backend-wasm${simd ? '-simd' : ''}.wasm`;
  const address = host.wasmPaths[used];
  if (!hasWasm()) {
    const fetched =
      host.fetchBinary && address !== undefined ? await host.fetchBinary(address) : null;
    // It insists on an address for each of its binaries, even the one that it will not look at.
    const paths = { 'tfjs-backend-wasm-threaded-simd.wasm': '', ...host.wasmPaths };
    wasm.setWasmPaths(fetched === null ? paths : { ...paths, [used]: fetched });
  }
  if (!(await tf.setBackend('wasm'))) {
    throw new CodedError('no-wasm', 'The WebAssembly backend did not start.');
  }
  registerWasmKernels();
  return `CPU, 1 thread${simd ? ', SIMD' : ''}`;
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

/** WASM with our kernels: the same bits in every browser. Throws CodedError 'no-simd' without SIMD. */
export async function startPortableBackend(host: BackendHost): Promise<BackendChoice> {
  const { kernelsSupported } = await import('./wasm/kernelInstance.ts');
  if (kernelsSupported()) return startBackend('wasm', host);
  throw new CodedError(
    'no-simd',
    'A portable run needs WebAssembly SIMD, which this browser does not have. Choose “automatic” ' +
      'under “Where it runs”, or another browser.',
  );
}

/** What the active backend's device allows; null where only the whole is limited (WASM, CPU). */
export function deviceLimits(): DeviceLimits | null {
  return tf.getBackend() === 'webgpu' ? limitsOfBackend() : null;
}

/** Frees what our own kernels keep between calls; for when the policy they worked on goes. */
export function freeWorkspaces(): void {
  if (tf.getBackend() === 'webgpu') freeKernelMemory();
}
