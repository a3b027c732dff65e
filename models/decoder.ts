/**
 * The policy network: a decoder of the Llama family (llama, qwen2, qwen3) in Hugging Face's
 * conventions, written once over the differentiable ops of models/ops. It knows nothing of
 * rewards, sampling or storage. How queries meet keys is a parameter (`Attend`), so that the same
 * layers serve training, prefill and decoding with a KV cache.
 *
 * Rows are right-padded: a row's tokens stand at positions 0 … length − 1, so the causal mask
 * alone keeps padding out, and position equals index.
 * Letters: B rows, T positions, N = B·T, d hidden size, H heads, K key-value heads, D head size.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { DecoderConfig } from './decoderConfig.ts';
import { causalAttention } from './ops/causalAttention.ts';
import { embed } from './ops/embed.ts';
import { linear } from './ops/linear.ts';
import { rmsNorm } from './ops/rmsNorm.ts';
import { rope, ropeTable, type RopeTable } from './ops/rope.ts';
import { swiglu } from './ops/swiglu.ts';

/** Parameters by Hugging Face name. */
export type Parameters = ReadonlyMap<string, tf.Tensor>;

/** Cosines and sines broadcastable against [B, T, H, D]. */
export interface Rotation {
  cos: tf.Tensor4D;
  sin: tf.Tensor4D;
}

/** Attention of one layer: q [B,T,H,D], k and v [B,T,K,D] -> [B,T,H,D]. */
export type Attend = (layer: number, q: tf.Tensor4D, k: tf.Tensor4D, v: tf.Tensor4D) => tf.Tensor4D;

/** Attention over the tokens of the very same pass; the one used for training. */
export const attendWithinPass: Attend = (_layer, q, k, v) => causalAttention(q, k, v);

function parameter(parameters: Parameters, name: string): tf.Tensor {
  const found = parameters.get(name);
  if (!found) throw new Error(`internal: parameter ${name} is missing`);
  return found;
}

const vector = (parameters: Parameters, name: string): tf.Tensor1D =>
  parameter(parameters, name) as tf.Tensor1D;

const matrix = (parameters: Parameters, name: string): tf.Tensor2D =>
  parameter(parameters, name) as tf.Tensor2D;

/** Linear layer `name`, with its bias where the model family has one. */
function project(parameters: Parameters, name: string, x: tf.Tensor2D): tf.Tensor2D {
  const y = linear(x, matrix(parameters, `${name}.weight`));
  const bias = parameters.get(`${name}.bias`);
  return bias ? tf.add(y, bias) : y;
}

/** Per-head RMSNorm of qwen3; the identity elsewhere. x [B,T,H,D] -> the same shape. */
function normaliseHeads(
  parameters: Parameters,
  config: DecoderConfig,
  name: string,
  x: tf.Tensor4D,
): tf.Tensor4D {
  if (!config.qkNorm) return x;
  const gain = vector(parameters, `${name}.weight`);
  const rows = tf.reshape<tf.Rank.R2>(x, [-1, config.headDim]); // [B·T·H, D]
  return tf.reshape(rmsNorm(rows, gain, config.rmsNormEps), x.shape);
}

function attentionBlock(
  parameters: Parameters,
  config: DecoderConfig,
  layer: number,
  x: tf.Tensor2D,
  rows: number,
  rotation: Rotation,
  attend: Attend,
): tf.Tensor2D {
  const at = `model.layers.${String(layer)}.self_attn`;
  const { numAttentionHeads: heads, numKeyValueHeads: kvHeads, headDim, rmsNormEps } = config;
  const norm = vector(parameters, `model.layers.${String(layer)}.input_layernorm.weight`);
  const h = rmsNorm(x, norm, rmsNormEps); // [N, d]
  const split = (name: string, count: number): tf.Tensor4D =>
    tf.reshape(project(parameters, `${at}.${name}`, h), [rows, -1, count, headDim]);
  const q = normaliseHeads(parameters, config, `${at}.q_norm`, split('q_proj', heads)); // [B,T,H,D]
  const k = normaliseHeads(parameters, config, `${at}.k_norm`, split('k_proj', kvHeads)); // [B,T,K,D]
  const v = split('v_proj', kvHeads); // [B,T,K,D]
  const mixed = attend(
    layer,
    rope(q, rotation.cos, rotation.sin),
    rope(k, rotation.cos, rotation.sin),
    v,
  ); // [B,T,H,D]
  const flat = tf.reshape<tf.Rank.R2>(mixed, [-1, heads * headDim]); // [N, H·D]
  return tf.add(x, project(parameters, `${at}.o_proj`, flat)); // [N, d]
}

function mlpBlock(
  parameters: Parameters,
  config: DecoderConfig,
  layer: number,
  x: tf.Tensor2D,
): tf.Tensor2D {
  const at = `model.layers.${String(layer)}`;
  const norm = vector(parameters, `${at}.post_attention_layernorm.weight`);
  const h = rmsNorm(x, norm, config.rmsNormEps); // [N, d]
  const gate = project(parameters, `${at}.mlp.gate_proj`, h); // [N, f]
  const up = project(parameters, `${at}.mlp.up_proj`, h); // [N, f]
  return tf.add(x, project(parameters, `${at}.mlp.down_proj`, swiglu(gate, up))); // [N, d]
}

/**
 * Final hidden states, normalised: ids [B, T] int32 -> [B·T, d].
 * Differentiable with respect to every parameter.
 */
export function hiddenStates(
  parameters: Parameters,
  config: DecoderConfig,
  ids: tf.Tensor2D,
  rotation: Rotation,
  attend: Attend = attendWithinPass,
): tf.Tensor2D {
  const [rows] = ids.shape;
  const table = matrix(parameters, 'model.embed_tokens.weight');
  let x = embed(table, tf.reshape(ids, [-1])); // [N, d]
  for (let layer = 0; layer < config.numHiddenLayers; layer++) {
    x = attentionBlock(parameters, config, layer, x, rows, rotation, attend);
    x = mlpBlock(parameters, config, layer, x);
  }
  return rmsNorm(x, vector(parameters, 'model.norm.weight'), config.rmsNormEps);
}

/** Logits of hidden states: [M, d] -> [M, V]; the embedding itself where it is tied. */
export function outputLogits(
  parameters: Parameters,
  config: DecoderConfig,
  hidden: tf.Tensor2D,
): tf.Tensor2D {
  const name = config.tieWordEmbeddings ? 'model.embed_tokens.weight' : 'lm_head.weight';
  return linear(hidden, matrix(parameters, name));
}

/** Rotation for a pass whose columns are positions 0 … T − 1. */
export function rotationOfColumns(table: RopeTable, columns: number): Rotation {
  const shape: [number, number, number, number] = [1, columns, 1, table.cos.shape[1]];
  const cut = (x: tf.Tensor2D): tf.Tensor4D =>
    tf.reshape(tf.slice(x, [0, 0], [columns, x.shape[1]]), shape);
  return { cos: cut(table.cos), sin: cut(table.sin) };
}

/** Rotation for a pass of one column in which row b stands at `positions`[b]. */
export function rotationOfRows(table: RopeTable, positions: tf.Tensor1D): Rotation {
  const shape: [number, number, number, number] = [positions.shape[0], 1, 1, table.cos.shape[1]];
  const pick = (x: tf.Tensor2D): tf.Tensor4D => tf.reshape(tf.gather(x, positions), shape);
  return { cos: pick(table.cos), sin: pick(table.sin) };
}

/** The table of every position the policy can reach. */
export function ropeTableOf(config: DecoderConfig, positions: number): RopeTable {
  return ropeTable(positions, config.headDim, config.ropeTheta);
}
