/** What the tests of the WASM kernels share: starting the backend in Node. */
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { registerWasmKernels } from '../../models/wasm/register.ts';

const binaries = '../../node_modules/@tensorflow/tfjs-backend-wasm/dist';

/** Starts tfjs' WASM backend with our kernels; registering twice must do no harm. */
export async function startWasmKernels(): Promise<void> {
  setWasmPaths(`${path.resolve(import.meta.dirname, binaries)}/`);
  await tf.setBackend('wasm');
  registerWasmKernels();
  registerWasmKernels();
}
