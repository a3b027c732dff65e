/**
 * Policies with random weights and the shipped policy's vocabulary, so that benchmarks and tests
 * need no file: the default size, or a tiny one. They know nothing and answer nothing right.
 */
import { parseDecoderConfig, type DecoderConfig } from '../../models/decoderConfig.ts';
import { initialParameters, parameterShapes } from '../../models/parameters.ts';
import { randomNormal } from '../../models/philox.ts';
import type { PolicyFolder } from '../../models/policyFolder.ts';
import { characterTokenizerJson } from '../../models/tokenizer.ts';
import { vocabulary } from '../../src/tasks/vocabulary.ts';

/** The sizes of the shipped base-0.4M, as fields of its config.json. */
const defaultSizes = {
  hidden_size: 96,
  intermediate_size: 256,
  num_hidden_layers: 4,
  num_attention_heads: 4,
  tie_word_embeddings: true,
};

function decoderOf(sizes: Record<string, unknown>): DecoderConfig {
  return parseDecoderConfig({
    model_type: 'llama',
    vocab_size: vocabulary.length,
    rms_norm_eps: 1e-5,
    max_position_embeddings: 128,
    bos_token_id: 1,
    eos_token_id: 2,
    pad_token_id: 0,
    ...defaultSizes,
    ...sizes,
  });
}

/** A fresh policy; `sizes` are config.json's fields where they differ from the default size. */
export function randomPolicy(sizes: Record<string, unknown> = {}): PolicyFolder {
  const config = decoderOf(sizes);
  const shapes = parameterShapes(config);
  const tensors = new Map(
    [...initialParameters(config, (index) => randomNormal(7, 'initialWeights', 0, index))].map(
      ([name, data]) => [name, { shape: shapes.get(name) ?? [], data }],
    ),
  );
  return { config, tokenizerJson: characterTokenizerJson(vocabulary), tensors };
}
