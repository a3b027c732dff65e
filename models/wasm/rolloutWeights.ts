/**
 * A Llama policy's weights in the layout of kernels/rollout.ts: matrices as panels (kernels/
 * weightPanels.ts), vectors and embedding rows padded with zeros to whole blocks, layer after
 * layer, and a `Model` entry that says where everything lies. Copied anew for each rollout, since
 * training changes the weights in between; 0.45 M floats take 1 to 2 ms.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { DecoderConfig } from '../decoderConfig.ts';
import type { OpenMemory } from './kernelInstance.ts';
import { floatsOf, type TfjsHeap } from './tfjsHeap.ts';

/** BLOCK of kernels/gemm.ts. */
const block = 8;

const wide = (count: number): number => Math.ceil(count / block) * block;

/** Rows [count, width], each padded to whole blocks. */
function packRows(from: Float32Array, width: number, to: Float32Array): void {
  for (let row = 0; row * width < from.length; row++) {
    to.set(from.subarray(row * width, (row + 1) * width), row * wide(width));
  }
}

/** W [out, depth] into panels, its first output being column `first` of them. */
function packPanels(from: Float32Array, depth: number, to: Float32Array, first: number): void {
  const outputs = from.length / depth;
  for (let out = 0; out < outputs; out++) {
    const column = first + out;
    let target = (column - (column % block)) * depth + (column % block);
    for (let k = out * depth; k < (out + 1) * depth; k++) {
      to[target] = from[k]!;
      target += block;
    }
  }
}

/** Floats of one layer, in the order of kernels/rollout.ts. */
function layerSize(config: DecoderConfig): number {
  const { hiddenSize: d, intermediateSize: f, headDim } = config;
  const q = config.numAttentionHeads * headDim;
  const qkv = q + 2 * config.numKeyValueHeads * headDim;
  return 2 * wide(d) + wide(qkv) * d + wide(d) * q + 2 * wide(f) * d + wide(d) * f;
}

/** Writes one layer's weights into `to`, which holds zeros. */
function packLayer(
  config: DecoderConfig,
  weightsOf: (name: string) => Float32Array,
  to: Float32Array,
): void {
  const { hiddenSize: d, intermediateSize: f, headDim } = config;
  const q = config.numAttentionHeads * headDim;
  const kv = config.numKeyValueHeads * headDim;
  let next = 0;
  const take = (count: number): Float32Array => to.subarray(next, (next += count));
  packRows(weightsOf('input_layernorm'), d, take(wide(d)));
  const qkv = take(wide(q + 2 * kv) * d);
  packPanels(weightsOf('self_attn.q_proj'), d, qkv, 0);
  packPanels(weightsOf('self_attn.k_proj'), d, qkv, q);
  packPanels(weightsOf('self_attn.v_proj'), d, qkv, q + kv);
  packPanels(weightsOf('self_attn.o_proj'), q, take(wide(d) * q), 0);
  packRows(weightsOf('post_attention_layernorm'), d, take(wide(d)));
  packPanels(weightsOf('mlp.gate_proj'), d, take(wide(f) * d), 0);
  packPanels(weightsOf('mlp.up_proj'), d, take(wide(f) * d), 0);
  packPanels(weightsOf('mlp.down_proj'), f, take(wide(d) * f), 0);
}

/** Copies weights and rotary tables and gives the address of their `Model` entry. */
export function putModel(
  { put, reserve, floats }: OpenMemory,
  config: DecoderConfig,
  inputs: Record<string, TensorInfo>,
  heap: TfjsHeap,
  positions: number,
): number {
  const { hiddenSize: d, vocabSize: vocab, numHiddenLayers: layers, headDim } = config;
  const weightsOf = (name: string): Float32Array => floatsOf(heap, inputs[`${name}.weight`]!);
  const [cos, sin] = ['cos', 'sin'].map((name) =>
    put(floatsOf(heap, inputs[name]!).subarray(0, positions * headDim)),
  ) as [number, number];
  const ofLayer = layerSize(config);
  const counts = [vocab * wide(d), layers * ofLayer + wide(d), wide(vocab) * d];
  const [embedding, firstLayer, head] = counts.map((count) => reserve(count * 4)) as [
    number,
    number,
    number,
  ];
  const [rows, stack, panels] = [embedding, firstLayer, head].map((address, i) =>
    floats(address, counts[i]!).fill(0),
  ) as [Float32Array, Float32Array, Float32Array];
  packRows(weightsOf('model.embed_tokens'), d, rows);
  for (let layer = 0; layer < layers; layer++) {
    const target = stack.subarray(layer * ofLayer, (layer + 1) * ofLayer);
    packLayer(config, (name) => weightsOf(`model.layers.${layer}.${name}`), target);
  }
  packRows(weightsOf('model.norm'), d, stack.subarray(layers * ofLayer));
  packPanels(weightsOf(config.tieWordEmbeddings ? 'model.embed_tokens' : 'lm_head'), d, panels, 0);
  const model = new Int32Array(13);
  const { intermediateSize: f, numAttentionHeads: heads, numKeyValueHeads: kvHeads } = config;
  model.set([d, f, layers, heads, kvHeads, headDim, vocab, 0, embedding, cos, sin]);
  model.set([firstLayer, head], 11);
  new Float32Array(model.buffer)[7] = config.rmsNormEps;
  return put(model);
}
