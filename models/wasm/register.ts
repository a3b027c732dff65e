/**
 * Registers our kernels with tfjs' WASM backend, whose batched matrix product is a naive loop
 * (1.6 GFLOP/s against 25 for plain matrices, tfjs 4.22), too slow for attention.
 */
import * as tf from '@tensorflow/tfjs-core';
import { adamW } from './adamWKernel.ts';
import { causalAttention, causalAttentionGrad } from './causalKernels.ts';
import { appendToCache, decodeAttention } from './decodeKernels.ts';
import { kernelsSupported } from './kernelInstance.ts';
import { policyLogps, policyLogpsGrad } from './policyKernels.ts';
import { rolloutLoop } from './rolloutLoop.ts';

/** By the names that models/ asks for; each takes the inputs given there, backend, attributes. */
const kernels = {
  CausalAttention: causalAttention,
  CausalAttentionGrad: causalAttentionGrad,
  AppendToCache: appendToCache,
  DecodeAttention: decodeAttention,
  PolicyLogps: policyLogps,
  PolicyLogpsGrad: policyLogpsGrad,
  Rollout: rolloutLoop,
  AdamW: adamW,
};

/** Registers the kernels, once; without WebAssembly SIMD none, and the compositions serve. */
export function registerWasmKernels(): void {
  if (!kernelsSupported()) return;
  for (const [kernelName, kernel] of Object.entries(kernels)) {
    if (tf.getKernel(kernelName, 'wasm') as tf.KernelConfig | undefined) continue;
    tf.registerKernel({
      kernelName,
      backendName: 'wasm',
      kernelFunc: ({ inputs, backend, attrs }) =>
        (kernel as (...args: unknown[]) => tf.TensorInfo | tf.TensorInfo[])(inputs, backend, attrs),
    });
  }
}
