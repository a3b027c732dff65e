/**
 * The dispatches of a rollout one token after the other (rolloutWay.ts has the other way), 5 a
 * layer and 3 more a token: compact, then for each layer qkv, attention, o_proj, gateUp and
 * down_proj, then head and pick. Prefixes go through the same kernels with one slot for each of
 * their tokens, which is right because within a layer all keys and values are written before any
 * is read. Nothing here knows a request: a plan serves every rollout that fits its slots.
 */
import type { DecoderConfig } from '../decoderConfig.ts';
import type { Step } from './plan.ts';
import * as programs from './rolloutPrograms.ts';
import { wordsEach } from './rolloutWords.ts';
import { layoutOf } from './theta.ts';

/** The slots one invocation works on: the four components of a vec4f. */
export const slotsEach = 4;
/** Outputs of one invocation of a linear layer: the four columns of a mat4x4f. */
const outputsEach = 4;
/** As PART in kernels/decodeCompact.wgsl. */
const embeddingPart = 32;

export interface RolloutBuffers {
  /** Parameters, then cosines and sines [ropePositions, D]. */
  theta: GPUBuffer;
  run: GPUBuffer;
  live: GPUBuffer;
  rows: GPUBuffer;
  /** Residual [hidden, slots], queries [slots, H·D], attention's output [H·D, slots]. */
  x: GPUBuffer;
  queries: GPUBuffer;
  mixed: GPUBuffer;
  /** The MLP's inner numbers [intermediate, slots]. */
  inner: GPUBuffer;
  /** Logits and their exponentials [V in eights, slots]. */
  logits: GPUBuffer;
  weights: GPUBuffer;
  record: GPUBuffer;
  /** By layer, [columns, K·D]. */
  keys: readonly GPUBuffer[];
  values: readonly GPUBuffer[];
}

export interface RolloutShape {
  config: DecoderConfig;
  /** A multiple of `slotsEach`, at least the rows. */
  slots: number;
  ropePositions: number;
}

const inFours = (numbers: number): number => numbers / 4;

/** The compaction; where all rows are live for good, it only embeds. */
function embedStep({ config, slots }: RolloutShape, on: RolloutBuffers, allLive: boolean): Step {
  return {
    program: programs.compact,
    constants: { HIDDEN: config.hiddenSize, ALL_LIVE: allLive },
    sizes: [slots, 1],
    buffers: [on.theta, on.run, on.live, on.rows, on.x],
    invocations: [slots, Math.ceil(config.hiddenSize / embeddingPart)],
  };
}

function layerSteps(shape: RolloutShape, on: RolloutBuffers, layer: number): Step[] {
  const { config, slots, ropePositions } = shape;
  const { hiddenSize, intermediateSize, numAttentionHeads, numKeyValueHeads, headDim } = config;
  const layout = layoutOf(config);
  const at = (name: string): number =>
    inFours(layout.offsetOf(`model.layers.${String(layer)}.${name}.weight`));
  const groups = slots / slotsEach;
  const slots4 = inFours(slots);
  const heads = { HEADS: numAttentionHeads, KV_HEADS: numKeyValueHeads, HEAD_DIM: headDim };
  const normed = { HIDDEN4: inFours(hiddenSize), EPSILON: config.rmsNormEps };
  const cosines = inFours(layout.size);
  const sines = cosines + inFours(ropePositions * headDim);
  const keys = on.keys[layer]!;
  const values = on.values[layer]!;
  const project = (name: string, inputs: GPUBuffer, width: number): Step => ({
    program: programs.project,
    constants: { HIDDEN4: inFours(hiddenSize), INPUTS4: inFours(width) },
    sizes: [at(name), slots4],
    buffers: [on.theta, on.run, inputs, on.x],
    invocations: [groups, hiddenSize / outputsEach],
  });
  return [
    {
      program: programs.qkv,
      constants: { ...normed, ...heads },
      sizes: [at('input_layernorm'), at('self_attn.q_proj'), cosines, sines, slots4],
      buffers: [on.theta, on.run, on.live, on.rows, on.x, on.queries, keys, values],
      invocations: [groups, (numAttentionHeads + 2 * numKeyValueHeads) * (headDim / 8)],
    },
    {
      program: programs.attention,
      constants: { ...heads, SCALE: 1 / Math.sqrt(headDim) },
      sizes: [slots],
      buffers: [on.run, on.live, on.rows, on.queries, keys, values, on.mixed],
      invocations: [slots, numAttentionHeads],
    },
    project('self_attn.o_proj', on.mixed, numAttentionHeads * headDim),
    {
      program: programs.gateUp,
      constants: { ...normed, INNER4: inFours(intermediateSize) },
      sizes: [at('post_attention_layernorm'), at('mlp.gate_proj'), at('mlp.up_proj'), slots4],
      buffers: [on.theta, on.run, on.x, on.inner],
      invocations: [groups, intermediateSize / outputsEach],
    },
    project('mlp.down_proj', on.inner, intermediateSize),
  ];
}

function drawSteps({ config, slots }: RolloutShape, on: RolloutBuffers): Step[] {
  const { hiddenSize, vocabSize, rmsNormEps, tieWordEmbeddings } = config;
  const layout = layoutOf(config);
  const gain = inFours(layout.offsetOf('model.norm.weight'));
  const output = tieWordEmbeddings ? 'model.embed_tokens.weight' : 'lm_head.weight';
  return [
    {
      program: programs.head,
      constants: { HIDDEN4: inFours(hiddenSize), EPSILON: rmsNormEps, VOCAB: vocabSize },
      sizes: [gain, inFours(layout.offsetOf(output)), inFours(slots)],
      buffers: [on.theta, on.run, on.x, on.logits],
      invocations: [slots / slotsEach, Math.ceil(vocabSize / wordsEach)],
    },
    {
      program: programs.pick,
      constants: { VOCAB: vocabSize },
      sizes: [slots],
      buffers: [on.run, on.live, on.rows, on.logits, on.weights, on.record],
      invocations: [slots],
    },
  ];
}

/** All of one token: 5L + 3 dispatches. */
export function tokenSteps(shape: RolloutShape, on: RolloutBuffers): Step[] {
  const layers = Array.from({ length: shape.config.numHiddenLayers }, (_, layer) =>
    layerSteps(shape, on, layer),
  );
  return [embedStep(shape, on, false), ...layers.flat(), ...drawSteps(shape, on)];
}

/** The prefixes, up to the last layer's keys and values, which is all that is wanted of them. */
export function prefixSteps(shape: RolloutShape, on: RolloutBuffers): Step[] {
  const last = shape.config.numHiddenLayers - 1;
  const layers = Array.from({ length: last }, (_, layer) => layerSteps(shape, on, layer));
  return [embedStep(shape, on, true), ...layers.flat(), layerSteps(shape, on, last)[0]!];
}
