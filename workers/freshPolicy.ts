/**
 * A policy of fresh random weights over the shared vocabulary: what pretraining starts from, and
 * the untrained policy itself. The weights are f(seed, shape); nothing is downloaded.
 */
import { parseDecoderConfig } from '../models/decoderConfig.ts';
import { initialParameters, parameterShapes } from '../models/parameters.ts';
import { randomNormal } from '../models/philox.ts';
import type { PolicyFolder } from '../models/policyFolder.ts';
import { characterTokenizerJson } from '../models/tokenizer.ts';
import { vocabulary } from '../src/tasks/vocabulary.ts';
import type { PolicyShape } from '../src/rft/policyTable.ts';

/** A Llama-style decoder of this shape, as a Hugging Face folder. */
export function freshPolicy(shape: PolicyShape, seed: number): PolicyFolder {
  const config = parseDecoderConfig({
    model_type: 'llama',
    vocab_size: vocabulary.length,
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
  const shapes = parameterShapes(config);
  const weights = initialParameters(config, (index) =>
    randomNormal(seed, 'initialWeights', 0, index),
  );
  const tensors = new Map(
    [...weights].map(([name, data]) => [name, { shape: shapes.get(name) ?? [], data }]),
  );
  return { config, tokenizerJson: characterTokenizerJson(vocabulary), tensors };
}
