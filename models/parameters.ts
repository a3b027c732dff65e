/**
 * Which parameters a decoder has: Hugging Face names, shapes and first values, as plain numbers.
 * The order is fixed (bottom of the network to its top) and decides which random number lands
 * where, so it must not change. Linear weights are [out, in].
 */
import type { DecoderConfig } from './decoderConfig.ts';

/** Standard deviation of fresh matrices and embeddings: `initializer_range` in `transformers`. */
const initialStd = 0.02;

function layerShapes(config: DecoderConfig): [string, number[]][] {
  const { hiddenSize: d, intermediateSize: f, headDim, qkvBias, qkNorm } = config;
  const q = config.numAttentionHeads * headDim;
  const kv = config.numKeyValueHeads * headDim;
  const projection = (name: string, out: number): [string, number[]][] => [
    [`self_attn.${name}.weight`, [out, d]],
    ...(qkvBias ? [[`self_attn.${name}.bias`, [out]] as [string, number[]]] : []),
  ];
  return [
    ['input_layernorm.weight', [d]],
    ...projection('q_proj', q),
    ...projection('k_proj', kv),
    ...projection('v_proj', kv),
    ['self_attn.o_proj.weight', [d, q]],
    ...((qkNorm
      ? [
          ['self_attn.q_norm.weight', [headDim]],
          ['self_attn.k_norm.weight', [headDim]],
        ]
      : []) as [string, number[]][]),
    ['post_attention_layernorm.weight', [d]],
    ['mlp.gate_proj.weight', [f, d]],
    ['mlp.up_proj.weight', [f, d]],
    ['mlp.down_proj.weight', [d, f]],
  ];
}

/** Shape of every parameter by Hugging Face name, in the fixed order; a tied head is not listed. */
export function parameterShapes(config: DecoderConfig): ReadonlyMap<string, readonly number[]> {
  const { vocabSize, hiddenSize, numHiddenLayers } = config;
  const ofLayer = layerShapes(config);
  const shapes = new Map<string, readonly number[]>();
  shapes.set('model.embed_tokens.weight', [vocabSize, hiddenSize]);
  for (let layer = 0; layer < numHiddenLayers; layer++) {
    for (const [name, shape] of ofLayer) shapes.set(`model.layers.${layer}.${name}`, shape);
  }
  shapes.set('model.norm.weight', [hiddenSize]);
  if (!config.tieWordEmbeddings) shapes.set('lm_head.weight', [vocabSize, hiddenSize]);
  return shapes;
}

/**
 * Fresh parameters: matrices and embeddings N(0, 0.02²), norms 1, biases 0.
 * @param normal the i-th standard normal number; i counts the elements of all parameters in
 * order, those of norms and biases included.
 */
export function initialParameters(
  config: DecoderConfig,
  normal: (index: number) => number,
): Map<string, Float32Array> {
  const parameters = new Map<string, Float32Array>();
  let offset = 0;
  for (const [name, shape] of parameterShapes(config)) {
    const values = new Float32Array(shape.reduce((product, side) => product * side, 1));
    const start = offset;
    if (shape.length > 1) values.forEach((_, i) => (values[i] = initialStd * normal(start + i)));
    else if (!name.endsWith('.bias')) values.fill(1);
    parameters.set(name, values);
    offset += values.length;
  }
  return parameters;
}
