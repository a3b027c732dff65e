/**
 * Starts a tensor backend in Node: tfjs' WASM or CPU, or WebGPU through Dawn. Without a GPU, Dawn
 * finds the software adapter of Debian's chromium through
 * VK_ICD_FILENAMES=/usr/lib/chromium/vk_swiftshader_icd.json LD_LIBRARY_PATH=/usr/lib/chromium
 */
import { createRequire } from 'node:module';
import { startBackend, type BackendName } from '../models/backend.ts';
import type { CodedError } from '../models/errors.ts';

const require = createRequire(import.meta.url);

/** Paths of tfjs' WASM binaries inside node_modules. */
export function nodeWasmPaths(): Record<string, string> {
  const names = ['tfjs-backend-wasm.wasm', 'tfjs-backend-wasm-simd.wasm'];
  return Object.fromEntries(
    names.map((name) => [name, require.resolve(`@tensorflow/tfjs-backend-wasm/dist/${name}`)]),
  );
}

/** Gives Node a navigator.gpu through Dawn. */
async function installDawn(options: readonly string[]): Promise<void> {
  const { create, globals } = await import('webgpu');
  Object.assign(globalThis, globals);
  Object.defineProperty(globalThis, 'navigator', {
    value: { gpu: create([...options]) },
    configurable: true,
  });
}

/**
 * Starts exactly this backend in Node. `dawnOptions` are Dawn's, as `backend=null` (executes
 * nothing) or `disable-dawn-features=timestamp_quantization`.
 */
export async function startNodeBackend(
  backend: BackendName,
  onTrouble: (error: CodedError) => void,
  dawnOptions: readonly string[] = [],
) {
  if (backend === 'webgpu') await installDawn(dawnOptions);
  // Looked up only where they are used: a bundle of the bench has no node_modules.
  const wasmPaths = backend === 'wasm' ? nodeWasmPaths() : {};
  return startBackend(backend, { wasmPaths, onTrouble });
}
