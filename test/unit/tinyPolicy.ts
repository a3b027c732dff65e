/**
 * Tiny policies for tests of the loop, made on the spot. `randomPolicy` says anything;
 * `chattyFolder` holds a bigram policy that speaks in the shape of the task, `<digits>digits`,
 * often enough that groups get different rewards and there is something to learn from.
 */
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseDecoderConfig } from '../../models/decoderConfig.ts';
import { initialParameters, parameterShapes } from '../../models/parameters.ts';
import { randomUniform } from '../../models/philox.ts';
import { createPolicy, type Policy } from '../../models/policy.ts';
import { writePolicyFolder, type PolicyFolder } from '../../models/policyFolder.ts';
import type { NamedArray } from '../../models/safetensors.ts';
import { characterTokenizerJson } from '../../models/tokenizer.ts';
import { parseConfig } from '../../src/rft/config.ts';
import type { RunConfig } from '../../src/rft/configTable.ts';
import { vocabulary } from '../../src/tasks/vocabulary.ts';

type Weights = Map<string, NamedArray>;

/** Weights drawn uniformly, of standard deviation about 0.02 · spread / 3.5. */
function drawnWeights(config: PolicyFolder['config'], spread: number): Weights {
  const shapes = parameterShapes(config);
  const values = initialParameters(
    config,
    (i) => spread * (randomUniform(5, 'initialWeights', 0, i, 0) - 0.5),
  );
  return new Map([...values].map(([name, data]) => [name, { shape: shapes.get(name)!, data }]));
}

const small = { model_type: 'llama', hidden_act: 'silu', rms_norm_eps: 1e-5 };

/** A small random policy with wide logits, so that sampling has something to choose from. */
export function randomPolicy(): Policy {
  const config = parseDecoderConfig({
    ...small,
    vocab_size: 11,
    hidden_size: 16,
    intermediate_size: 24,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    num_key_value_heads: 1,
    max_position_embeddings: 32,
    tie_word_embeddings: true,
  });
  return createPolicy(config, drawnWeights(config, 40));
}

const digits = Array.from('0123456789');
/** Logits of what may follow a token; everything else has 0. */
const follows: Record<string, Record<string, number>> = {
  '|': { '<': 8 },
  '<': Object.fromEntries(digits.map((digit) => [digit, 6])),
  '>': Object.fromEntries(digits.map((digit) => [digit, 6])),
  ...Object.fromEntries(digits.map((digit) => [digit, { '>': 7, '<eos>': 7 }])),
};

/** One layer of noise between embeddings that are nearly one-hot and a head of bigram logits. */
export function chattyFolder(): PolicyFolder {
  const config = parseDecoderConfig({
    ...small,
    vocab_size: vocabulary.length,
    hidden_size: 64,
    intermediate_size: 16,
    num_hidden_layers: 1,
    num_attention_heads: 2,
    num_key_value_heads: 1,
    head_dim: 8,
    max_position_embeddings: 32,
    tie_word_embeddings: false,
    bos_token_id: 1,
    eos_token_id: 2,
    pad_token_id: 0,
  });
  const tensors = drawnWeights(config, 4);
  const embedding = tensors.get('model.embed_tokens.weight')!.data;
  const head = tensors.get('lm_head.weight')!.data;
  const width = config.hiddenSize;
  vocabulary.forEach((token, id) => {
    embedding[id * width + id]! += 1;
    for (const [next, logit] of Object.entries(follows[token] ?? {})) {
      // A one-hot row leaves the norm with √width in its place.
      head[vocabulary.indexOf(next) * width + id]! += logit / Math.sqrt(width);
    }
  });
  return { config, tokenizerJson: characterTokenizerJson(vocabulary), tensors };
}

/** Writes `chattyFolder` where a host finds it under the default policy's name; gives the place. */
export async function writeChattyPolicy(): Promise<string> {
  const place = await mkdtemp(join(tmpdir(), 'policies-'));
  const folder = join(place, tinyConfig().policy);
  await mkdir(folder);
  for (const [file, bytes] of Object.entries(writePolicyFolder(chattyFolder()))) {
    await writeFile(join(folder, file), bytes);
  }
  return place;
}

/** A run of a second or so. */
export function tinyConfig(changes: Partial<RunConfig> = {}): RunConfig {
  const { config, problems } = parseConfig({
    maxSteps: 4,
    numPrompts: 3,
    generationBatchSize: 8,
    numGenerations: 4,
    maxCompletionLength: 8,
    learningRate: 0.01,
    warmupSteps: 2,
    numEvalPrompts: 3,
    numEvalGenerations: 2,
    evalSteps: 2,
    saveSteps: 3,
    ...changes,
  });
  if (!config) throw new Error(`internal: ${JSON.stringify(problems)}`);
  return config;
}
