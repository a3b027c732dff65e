/** The decoder behind a row of policyTable.ts; free of tensors. */
import { parseDecoderConfig, type DecoderConfig } from '../../models/decoderConfig.ts';
import type { PolicyShape } from './policyTable.ts';

/** A Llama-style decoder of this shape over the tasks' vocabulary. */
export function decoderOf(shape: PolicyShape, vocabSize: number): DecoderConfig {
  return parseDecoderConfig({
    model_type: 'llama',
    vocab_size: vocabSize,
    hidden_size: shape.hiddenSize,
    intermediate_size: shape.intermediateSize,
    num_hidden_layers: shape.layers,
    num_attention_heads: shape.heads,
    num_key_value_heads: shape.heads,
    rope_theta: 10000,
    rms_norm_eps: 1e-5,
    max_position_embeddings: 128,
    tie_word_embeddings: true,
    hidden_act: 'silu',
    bos_token_id: 1,
    eos_token_id: 2,
    pad_token_id: 0,
  });
}
