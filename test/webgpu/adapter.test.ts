/** The ground the WebGPU tests stand on: an adapter, isolation, and tfjs computing on it. */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-webgpu';
import { expect, test } from 'vitest';

test('the browser has a WebGPU adapter', async () => {
  expect(await navigator.gpu.requestAdapter()).not.toBeNull();
});

test('the page is cross-origin isolated, so WASM threads can share memory', () => {
  expect(globalThis.crossOriginIsolated).toBe(true);
  expect(new SharedArrayBuffer(8).byteLength).toBe(8);
});

test('tfjs adds two tensors on WebGPU', async () => {
  expect(await tf.setBackend('webgpu')).toBe(true);
  const sum = tf.add(tf.tensor1d([1, 2, 3]), tf.tensor1d([10, 20, 30]));
  expect([...(await sum.data())]).toEqual([11, 22, 33]);
});
