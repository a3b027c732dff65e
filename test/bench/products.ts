/**
 * The three kinds of matrix product of a training pass, on one projection of the default policy: both
 * ways that our programs compute them, and tfjs' own on the same shapes. What a device is fastest
 * with belongs into the table of models/webgpu/productWay.ts.
 */
import * as tf from '@tensorflow/tfjs-core';
import { activeGpu } from '../../models/webgpu/tfjsGpu.ts';
import { NamedBuffers } from '../../models/webgpu/buffers.ts';
import { headWidths, passWords } from '../../models/webgpu/passBuffers.ts';
import { makePlan, type Step } from '../../models/webgpu/plan.ts';
import type { ProductWay } from '../../models/webgpu/productWay.ts';
import { layoutOf } from '../../models/webgpu/theta.ts';
import { piecesOf } from '../../models/webgpu/trainingPieces.ts';
import { randomPolicy } from './randomPolicy.ts';
import type { Figure } from './table.ts';
import { bestMs } from './timing.ts';

const tokens = 4096;
const weight = 'model.layers.0.self_attn.q_proj';

/** Milliseconds of a dispatch, `repeats` of them between two waits. */
async function stepMs(device: GPUDevice, step: Step, repeats: number): Promise<number> {
  const plan = makePlan(device, [step]);
  const ms = await bestMs(async () => {
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    for (let i = 0; i < repeats; i++) plan.encode(pass);
    pass.end();
    device.queue.submit([encoder.finish()]);
    await device.queue.onSubmittedWorkDone();
  });
  plan.destroy();
  return ms / repeats;
}

async function stockMs(product: () => tf.Tensor, repeats: number): Promise<number> {
  const ms = await bestMs(async () => {
    const corner = tf.tidy(() => {
      let made = product();
      for (let i = 1; i < repeats; i++) made = product();
      return tf.slice(made, [0, 0], [1, 1]);
    });
    await corner.data();
    corner.dispose();
  });
  return ms / repeats;
}

/** GFLOP/s on the active backend, which must be WebGPU. */
export async function productFigures(repeats: number): Promise<Figure[]> {
  const device = activeGpu().device;
  const { config } = randomPolicy();
  const layout = layoutOf(config);
  const words = passWords(config, layout.size, tokens);
  const buffers = new NamedBuffers(device);
  const buffer = (name: string): GPUBuffer => buffers.get(name, words.get(name)!);
  const shape = { config, layout, tokens, columns: 64, temperature: 1, entropies: false, buffer };
  const { hiddenSize: d } = config;
  const { qkv } = headWidths(config);
  const [x, w, dy] = [
    tf.ones<tf.Rank.R2>([tokens, d]),
    tf.ones<tf.Rank.R2>([qkv, d]),
    tf.ones<tf.Rank.R2>([tokens, qkv]),
  ];
  const stepsOf = (way: ProductWay): Step[] => {
    const make = piecesOf({ ...shape, way });
    return [
      make.linear(weight, [d, qkv], 'h0', 'qkv0'),
      make.input(weight, [qkv, d], 'dqkv', 'dh'),
      make.weight(weight, [d, qkv], 'dqkv', 'h0'),
    ];
  };
  const stock = [
    () => tf.matMul(x, w, false, true),
    () => tf.matMul(dy, w),
    () => tf.matMul(dy, x, true, false),
  ];
  const sizes = `${String(tokens)}, ${String(d)}, ${String(qkv)}`;
  const names = ['x·Wᵀ', 'dy·W', 'dyᵀ·x'].map((name) => `${name} (${sizes})`);
  const rate = (ms: number): number => (2 * tokens * d * qkv) / ms / 1e6;
  const figures: Figure[] = [];
  for (const [i, name] of names.entries()) {
    for (const way of ['direct', 'tiled'] as const) {
      const ms = await stepMs(device, stepsOf(way)[i]!, repeats);
      figures.push([`${name}, ${way}`, rate(ms), 'GFLOP/s']);
    }
    figures.push([`${name}, tfjs`, rate(await stockMs(stock[i]!, repeats)), 'GFLOP/s']);
  }
  tf.dispose([x, w, dy]);
  buffers.destroy();
  return figures;
}
