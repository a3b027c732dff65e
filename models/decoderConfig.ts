/**
 * What a Hugging Face `config.json` says about a decoder, checked: llama, qwen2 and qwen3. Absent
 * fields take the defaults of the `transformers` config classes. Whatever this project's decoder
 * does not compute (rope scaling, sliding windows, quantisation, …) is refused by the field's
 * name, never ignored. Invariant: a `DecoderConfig` returned here can be run as it stands.
 */
import * as v from 'valibot';
import { CodedError } from './errors.ts';

export type ModelType = 'llama' | 'qwen2' | 'qwen3';

/** A decoder's architecture; every size is a positive integer. */
export interface DecoderConfig {
  modelType: ModelType;
  vocabSize: number;
  hiddenSize: number;
  intermediateSize: number;
  numHiddenLayers: number;
  numAttentionHeads: number;
  /** Divides numAttentionHeads. */
  numKeyValueHeads: number;
  /** Even. Times numAttentionHeads it need not give hiddenSize. */
  headDim: number;
  ropeTheta: number;
  rmsNormEps: number;
  maxPositionEmbeddings: number;
  tieWordEmbeddings: boolean;
  /** Biases on q, k and v: qwen2, and only there. */
  qkvBias: boolean;
  /** RMSNorm of each head's queries and keys: qwen3, and only there. */
  qkNorm: boolean;
  bosTokenId: number | null;
  eosTokenId: number | null;
  padTokenId: number | null;
}

interface Family {
  architecture: string;
  /** null: hidden_size / num_attention_heads. */
  headDim: number | null;
  maxPositionEmbeddings: number;
  bosTokenId: number | null;
  eosTokenId: number | null;
}

/** Defaults of LlamaConfig, Qwen2Config and Qwen3Config in `transformers`. */
const families: Record<ModelType, Family> = {
  llama: {
    architecture: 'LlamaForCausalLM',
    headDim: null,
    maxPositionEmbeddings: 2048,
    bosTokenId: 1,
    eosTokenId: 2,
  },
  qwen2: {
    architecture: 'Qwen2ForCausalLM',
    headDim: null,
    maxPositionEmbeddings: 32768,
    bosTokenId: null,
    eosTokenId: null,
  },
  qwen3: {
    architecture: 'Qwen3ForCausalLM',
    headDim: 128,
    maxPositionEmbeddings: 32768,
    bosTokenId: null,
    eosTokenId: null,
  },
};
const defaultRmsNormEps = 1e-6; // of all three
const defaultRopeTheta = 10000; // of all three

const size = (max: number) => v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(max));
const positive = v.pipe(v.number(), v.finite(), v.gtValue(0));
const tokenId = v.pipe(v.number(), v.integer(), v.minValue(0));
const tokenIds = v.nullish(
  v.union(
    [tokenId, v.strictTuple([tokenId])],
    'must be one non-negative integer (a list of several is not supported)',
  ),
);
/** The field may be absent or null, or say what the decoder does anyway. */
const only = (value: string | boolean | number) => v.nullish(v.literal(value));
const rope = v.nullish(
  v.strictObject({
    rope_type: only('default'),
    type: only('default'),
    rope_theta: v.nullish(positive),
    partial_rotary_factor: only(1),
  }),
);

const schema = v.object({
  model_type: v.picklist(['llama', 'qwen2', 'qwen3']),
  vocab_size: size(2 ** 20),
  hidden_size: size(2 ** 16),
  intermediate_size: size(2 ** 18),
  num_hidden_layers: size(512),
  num_attention_heads: size(1024),
  num_key_value_heads: v.nullish(size(1024)),
  head_dim: v.nullish(size(1024)),
  max_position_embeddings: v.nullish(size(2 ** 24)),
  rope_theta: v.nullish(positive),
  rope_scaling: rope,
  rope_parameters: rope,
  partial_rotary_factor: only(1),
  rms_norm_eps: v.nullish(v.pipe(positive, v.ltValue(1))),
  tie_word_embeddings: v.nullish(v.boolean()),
  hidden_act: only('silu'),
  attention_bias: v.nullish(v.boolean()),
  mlp_bias: only(false),
  use_sliding_window: only(false),
  layer_types: v.nullish(v.array(v.literal('full_attention'))),
  quantization_config: v.nullish(v.never('quantised models are not supported')),
  bos_token_id: tokenIds,
  eos_token_id: tokenIds,
  pad_token_id: tokenIds,
});

function refuse(field: string, why: string): never {
  throw new CodedError('unsupported-config', `config.json: ${field}: ${why}`);
}

function checkFields(json: unknown): v.InferOutput<typeof schema> {
  const result = v.safeParse(schema, json);
  if (result.success) return result.output;
  const [issue] = result.issues;
  // The library's own sentences, such as 'Invalid type: Expected …', are put plainly.
  const plain =
    issue.expected !== null && issue.message.startsWith('Invalid ')
      ? `it should be ${issue.expected} and is ${issue.received}`
      : issue.message;
  return refuse(v.getDotPath(issue) ?? 'the file', plain);
}

/** Absent: the family's default. Null: no such token. */
function pickTokenId(id: number | [number] | null | undefined, absent: number | null) {
  if (id === undefined) return absent;
  return Array.isArray(id) ? id[0] : id;
}

/** Rules between fields, which no single field can tell. */
function checkTogether(config: DecoderConfig): void {
  const { numAttentionHeads: heads, numKeyValueHeads: kvHeads, headDim, vocabSize } = config;
  if (heads % kvHeads !== 0) {
    refuse('num_key_value_heads', `${kvHeads} does not divide num_attention_heads ${heads}`);
  }
  if (!Number.isInteger(headDim)) {
    refuse('head_dim', `hidden_size ${config.hiddenSize} is not a multiple of ${heads} heads`);
  }
  if (headDim % 2 !== 0) refuse('head_dim', `${headDim} is odd; rotary embeddings need pairs`);
  for (const [field, id] of [
    ['bos_token_id', config.bosTokenId],
    ['eos_token_id', config.eosTokenId],
    ['pad_token_id', config.padTokenId],
  ] as const) {
    if (id !== null && id >= vocabSize) refuse(field, `${id} is outside vocab_size ${vocabSize}`);
  }
}

/**
 * Reads a parsed `config.json`.
 * @throws CodedError `unsupported-config`, its message naming the field.
 */
export function parseDecoderConfig(json: unknown): DecoderConfig {
  const fields = checkFields(json);
  const modelType = fields.model_type;
  const family = families[modelType];
  if (fields.attention_bias === true && modelType !== 'qwen2') {
    refuse('attention_bias', `true is not supported for ${modelType}`);
  }
  const heads = fields.num_attention_heads;
  const ropeTheta =
    fields.rope_scaling?.rope_theta ?? fields.rope_parameters?.rope_theta ?? fields.rope_theta;
  const config: DecoderConfig = {
    modelType,
    vocabSize: fields.vocab_size,
    hiddenSize: fields.hidden_size,
    intermediateSize: fields.intermediate_size,
    numHiddenLayers: fields.num_hidden_layers,
    numAttentionHeads: heads,
    numKeyValueHeads: fields.num_key_value_heads ?? heads,
    headDim: fields.head_dim ?? family.headDim ?? fields.hidden_size / heads,
    ropeTheta: ropeTheta ?? defaultRopeTheta,
    rmsNormEps: fields.rms_norm_eps ?? defaultRmsNormEps,
    maxPositionEmbeddings: fields.max_position_embeddings ?? family.maxPositionEmbeddings,
    tieWordEmbeddings: fields.tie_word_embeddings ?? false,
    qkvBias: modelType === 'qwen2',
    qkNorm: modelType === 'qwen3',
    bosTokenId: pickTokenId(fields.bos_token_id, family.bosTokenId),
    eosTokenId: pickTokenId(fields.eos_token_id, family.eosTokenId),
    padTokenId: pickTokenId(fields.pad_token_id, null),
  };
  checkTogether(config);
  return config;
}

/** The `config.json` of a config, every field written out; `parseDecoderConfig` gives it back. */
export function toHuggingFaceConfig(config: DecoderConfig): Record<string, unknown> {
  return {
    architectures: [families[config.modelType].architecture],
    model_type: config.modelType,
    vocab_size: config.vocabSize,
    hidden_size: config.hiddenSize,
    intermediate_size: config.intermediateSize,
    num_hidden_layers: config.numHiddenLayers,
    num_attention_heads: config.numAttentionHeads,
    num_key_value_heads: config.numKeyValueHeads,
    head_dim: config.headDim,
    max_position_embeddings: config.maxPositionEmbeddings,
    rope_theta: config.ropeTheta,
    rms_norm_eps: config.rmsNormEps,
    tie_word_embeddings: config.tieWordEmbeddings,
    hidden_act: 'silu',
    attention_bias: false,
    mlp_bias: false,
    torch_dtype: 'float32',
    bos_token_id: config.bosTokenId,
    eos_token_id: config.eosTokenId,
    pad_token_id: config.padTokenId,
  };
}
