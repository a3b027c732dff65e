/**
 * The dispatches of a rollout in the whole way (rolloutWay.ts): for several tokens one compaction
 * and one dispatch of kernels/decodeWhole.wgsl. Prefixes are run as in the other way, layer by
 * layer, and then copied into the cache, which is one buffer here. Nothing here knows a request.
 */
import type { DecoderConfig } from '../decoderConfig.ts';
import type { Words } from '../memory.ts';
import { headWidths } from './passBuffers.ts';
import type { Step } from './plan.ts';
import { slotsEach, type RolloutBuffers, type RolloutShape } from './rolloutPlan.ts';
import * as programs from './rolloutPrograms.ts';
import { cacheWords, type Whole } from './rolloutWay.ts';
import { rolloutWords, type RolloutExtent } from './rolloutWords.ts';
import { layoutOf } from './theta.ts';

const inFours = (numbers: number): number => numbers / 4;

/** As `rolloutWords`, but the buffers of the layers hold prefixes alone, and `cache` all. */
export function wholeWords(
  config: DecoderConfig,
  parameters: number,
  extent: RolloutExtent,
): Words {
  const prefixes = { ...extent, columns: Math.max(1, extent.prefixTokens) };
  return new Map([
    ...rolloutWords(config, parameters, prefixes),
    ['cache', cacheWords(config, extent.columns)],
  ]);
}

/** Offsets in theta as `Sizes` has them, in fours. */
function offsetsOf(config: DecoderConfig, ropePositions: number): number[] {
  const layout = layoutOf(config);
  const at = (name: string): number => inFours(layout.offsetOf(`${name}.weight`));
  const first = at('model.layers.0.input_layernorm');
  const within = (name: string): number => at(`model.layers.0.${name}`) - first;
  const cosines = inFours(layout.size);
  return [
    cosines,
    cosines + inFours(ropePositions * config.headDim),
    first,
    (at('model.norm') - first) / config.numHiddenLayers,
    within('self_attn.q_proj'),
    within('self_attn.o_proj'),
    within('post_attention_layernorm'),
    within('mlp.gate_proj'),
    within('mlp.up_proj'),
    within('mlp.down_proj'),
    at('model.norm'),
    at(config.tieWordEmbeddings ? 'model.embed_tokens' : 'lm_head'),
  ];
}

/** `whole.tokens` tokens: 2 dispatches. */
export function wholeSteps(
  { config, slots, ropePositions }: RolloutShape,
  { lanes, tokens }: Whole,
  on: RolloutBuffers,
  cache: GPUBuffer,
): Step[] {
  return [
    {
      program: programs.compact,
      constants: { HIDDEN: 0, ALL_LIVE: false }, // embeds nothing
      sizes: [slots, tokens],
      buffers: [on.theta, on.run, on.live, on.rows, on.x],
      invocations: [slots],
    },
    {
      program: programs.whole,
      constants: {
        LANES: lanes,
        HIDDEN4: inFours(config.hiddenSize),
        INNER4: inFours(config.intermediateSize),
        EPSILON: config.rmsNormEps,
        HEADS: config.numAttentionHeads,
        KV_HEADS: config.numKeyValueHeads,
        HEAD_DIM: config.headDim,
        SCALE: 1 / Math.sqrt(config.headDim),
        VOCAB: config.vocabSize,
      },
      sizes: [tokens, slots, config.numHiddenLayers, ...offsetsOf(config, ropePositions)],
      buffers: [on.theta, on.run, on.live, on.rows, cache, on.logits, on.weights, on.record],
      invocations: [slots / slotsEach],
    },
  ];
}

/** Records the copies of the prefixes' keys and values into the cache of `columns` columns. */
export function copyPrefixes(
  encoder: GPUCommandEncoder,
  config: DecoderConfig,
  { keys, values }: Pick<RolloutBuffers, 'keys' | 'values'>,
  cache: GPUBuffer,
  { prefixTokens, columns }: Pick<RolloutExtent, 'prefixTokens' | 'columns'>,
): void {
  const columnBytes = headWidths(config).kv * Float32Array.BYTES_PER_ELEMENT;
  const parts = keys.flatMap((layerKeys, layer) => [layerKeys, values[layer]!]);
  parts.forEach((part, i) => {
    const to = i * columns * columnBytes;
    encoder.copyBufferToBuffer(part, 0, cache, to, prefixTokens * columnBytes);
  });
}
