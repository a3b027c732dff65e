/** config.json: Hugging Face's defaults, a round trip, and a refusal by name for all the rest. */
import { describe, expect, test } from 'vitest';
import { parseDecoderConfig, toHuggingFaceConfig } from '../../models/decoderConfig.ts';
import { initialParameters, parameterShapes } from '../../models/parameters.ts';
import { policyFolders } from '../golden/goldenFiles.ts';
import { codedErrorOf } from './coded.ts';

/** The least a config must say. */
const least = {
  model_type: 'llama',
  vocab_size: 63,
  hidden_size: 96,
  intermediate_size: 256,
  num_hidden_layers: 4,
  num_attention_heads: 4,
};
const qwen2 = { ...least, model_type: 'qwen2' };
const qwen3 = { ...least, model_type: 'qwen3' };

describe('reading', () => {
  test('fills in the defaults of transformers', () => {
    expect(parseDecoderConfig(least)).toEqual({
      modelType: 'llama',
      vocabSize: 63,
      hiddenSize: 96,
      intermediateSize: 256,
      numHiddenLayers: 4,
      numAttentionHeads: 4,
      numKeyValueHeads: 4,
      headDim: 24,
      ropeTheta: 10000,
      rmsNormEps: 1e-6,
      maxPositionEmbeddings: 2048,
      tieWordEmbeddings: false,
      qkvBias: false,
      qkNorm: false,
      bosTokenId: 1,
      eosTokenId: 2,
      padTokenId: null,
    });
    expect(parseDecoderConfig(qwen2)).toMatchObject({
      headDim: 24,
      maxPositionEmbeddings: 32768,
      qkvBias: true,
      qkNorm: false,
      bosTokenId: null,
      eosTokenId: null,
    });
    expect(parseDecoderConfig(qwen3)).toMatchObject({ headDim: 128, qkvBias: false, qkNorm: true });
  });

  test.each([
    [{ rope_theta: 5e5 }, { ropeTheta: 5e5 }],
    [{ rope_parameters: { rope_type: 'default', rope_theta: 1e6 } }, { ropeTheta: 1e6 }],
    [{ rope_scaling: null, attention_bias: false, mlp_bias: false }, { ropeTheta: 10000 }],
    [{ hidden_act: 'silu', sliding_window: 4096, use_sliding_window: false }, {}],
    [{ layer_types: Array(4).fill('full_attention') }, {}],
    [
      { eos_token_id: [5], pad_token_id: 0 },
      { eosTokenId: 5, padTokenId: 0 },
    ],
    [{ bos_token_id: null }, { bosTokenId: null }],
    [
      { head_dim: 8, num_key_value_heads: 2 },
      { headDim: 8, numKeyValueHeads: 2 },
    ],
  ])('takes %j', (fields, expected) => {
    expect(parseDecoderConfig({ ...least, ...fields })).toMatchObject(expected);
  });

  test('a qwen2 that mentions attention_bias keeps its biases', () => {
    expect(parseDecoderConfig({ ...qwen2, attention_bias: false }).qkvBias).toBe(true);
  });

  test.each<[string, object]>([
    ['model_type', { model_type: 'gpt2' }],
    ['model_type', { model_type: undefined }],
    ['hidden_act', { hidden_act: 'gelu' }],
    ['rope_scaling.rope_type', { rope_scaling: { rope_type: 'llama3', factor: 8 } }],
    ['rope_scaling.type', { rope_scaling: { type: 'linear' } }],
    ['rope_scaling.factor', { rope_scaling: { factor: 2 } }],
    ['rope_parameters.rope_type', { rope_parameters: { rope_type: 'yarn' } }],
    ['rope_parameters.partial_rotary_factor', { rope_parameters: { partial_rotary_factor: 0.5 } }],
    ['partial_rotary_factor', { partial_rotary_factor: 0.5 }],
    ['attention_bias', { attention_bias: true }],
    ['attention_bias', { ...qwen3, attention_bias: true }],
    ['mlp_bias', { mlp_bias: true }],
    ['use_sliding_window', { ...qwen2, use_sliding_window: true }],
    ['layer_types.1', { ...qwen2, layer_types: ['full_attention', 'sliding_attention'] }],
    ['quantization_config', { quantization_config: { bits: 4 } }],
    ['num_key_value_heads', { num_key_value_heads: 3 }],
    ['head_dim', { head_dim: 7 }],
    ['head_dim', { hidden_size: 98 }],
    ['vocab_size', { vocab_size: 0 }],
    ['vocab_size', { vocab_size: '63' }],
    ['hidden_size', { hidden_size: undefined }],
    ['hidden_size', { hidden_size: 2 ** 40 }],
    ['intermediate_size', { intermediate_size: 1.5 }],
    ['num_hidden_layers', { num_hidden_layers: -1 }],
    ['num_attention_heads', { num_attention_heads: 1e6 }],
    ['max_position_embeddings', { max_position_embeddings: 0 }],
    ['rope_theta', { rope_theta: Infinity }],
    ['rope_theta', { rope_theta: 0 }],
    ['rms_norm_eps', { rms_norm_eps: -1e-5 }],
    ['tie_word_embeddings', { tie_word_embeddings: 'yes' }],
    ['eos_token_id', { eos_token_id: [1, 2] }],
    ['eos_token_id', { eos_token_id: 63 }],
    ['pad_token_id', { pad_token_id: -1 }],
  ])('refuses by name: %s, %j', (field, fields) => {
    const error = codedErrorOf(() => parseDecoderConfig({ ...least, ...fields }));
    expect(error).toContain(`unsupported-config: config.json: ${field}: `);
  });

  test.each([null, 3, 'x', []])('refuses %j for a config', (json) => {
    expect(codedErrorOf(() => parseDecoderConfig(json))).toMatch(
      /^unsupported-config: config.json/,
    );
  });
});

describe('writing', () => {
  const configs = [least, qwen2, qwen3, ...policyFolders().map(({ config }) => config as object)];
  test.each(configs)('comes back the same: %j', (json) => {
    const config = parseDecoderConfig(json);
    expect(parseDecoderConfig(toHuggingFaceConfig(config))).toEqual(config);
  });

  test('keeps "no such token" apart from "default token"', () => {
    const config = parseDecoderConfig({ ...least, bos_token_id: null, eos_token_id: 7 });
    expect(parseDecoderConfig(toHuggingFaceConfig(config))).toEqual(config);
  });
});

describe('parameters', () => {
  test('have the shapes of the recipe, 449,280 values in all', () => {
    const shapes = parameterShapes(parseDecoderConfig({ ...least, tie_word_embeddings: true }));
    const count = (shape: readonly number[]) => shape.reduce((product, side) => product * side, 1);
    expect([...shapes.values()].reduce((sum, shape) => sum + count(shape), 0)).toBe(449_280);
    expect([...shapes.keys()].slice(0, 10)).toEqual([
      'model.embed_tokens.weight',
      ...[
        'input_layernorm',
        'self_attn.q_proj',
        'self_attn.k_proj',
        'self_attn.v_proj',
        'self_attn.o_proj',
        'post_attention_layernorm',
        'mlp.gate_proj',
        'mlp.up_proj',
        'mlp.down_proj',
      ].map((name) => `model.layers.0.${name}.weight`),
    ]);
    expect([...shapes.keys()].at(-1)).toBe('model.norm.weight');
    expect(shapes.get('model.layers.3.mlp.down_proj.weight')).toEqual([96, 256]);
  });

  test('start as scaled normal numbers, ones and zeros, each place with its own number', () => {
    const config = parseDecoderConfig({
      ...qwen2,
      vocab_size: 3,
      hidden_size: 8,
      num_hidden_layers: 1,
    });
    const fresh = initialParameters(config, (index) => index);
    let offset = 0;
    for (const [name, shape] of parameterShapes(config)) {
      const values = fresh.get(name)!;
      const first = shape.length > 1 ? Math.fround(0.02 * offset) : name.endsWith('.bias') ? 0 : 1;
      const last = shape.length > 1 ? Math.fround(0.02 * (offset + values.length - 1)) : first;
      expect([name, values[0], values.at(-1)]).toEqual([name, first, last]);
      offset += values.length;
    }
    expect([...fresh.keys()]).toEqual([...parameterShapes(config).keys()]);
  });
});
