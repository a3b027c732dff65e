/**
 * A policy of fresh random weights over the shared vocabulary: what pretraining starts from, and
 * the untrained policy itself. The weights are f(seed, shape); nothing is downloaded.
 */
import { initialParameters, parameterShapes } from '../models/parameters.ts';
import { randomNormal } from '../models/philox.ts';
import type { PolicyFolder } from '../models/policyFolder.ts';
import { characterTokenizerJson } from '../models/tokenizer.ts';
import { vocabulary } from '../src/tasks/vocabulary.ts';
import { decoderOf } from '../src/rft/policyDecoder.ts';
import type { PolicyShape } from '../src/rft/policyTable.ts';

/** A Llama-style decoder of this shape, as a Hugging Face folder. */
export function freshPolicy(shape: PolicyShape, seed: number): PolicyFolder {
  const config = decoderOf(shape, vocabulary.length);
  const shapes = parameterShapes(config);
  const weights = initialParameters(config, (index) =>
    randomNormal(seed, 'initialWeights', 0, index),
  );
  const tensors = new Map(
    [...weights].map(([name, data]) => [name, { shape: shapes.get(name) ?? [], data }]),
  );
  return { config, tokenizerJson: characterTokenizerJson(vocabulary), tensors };
}
