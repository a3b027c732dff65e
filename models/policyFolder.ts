/**
 * A policy in Hugging Face layout: the bytes of config.json, tokenizer.json and model.safetensors
 * <-> their checked contents. Invariant both ways: the tensors are exactly the parameters the
 * config calls for. It reads and writes bytes, not disks, and does not look inside tokenizer.json.
 */
import { parseDecoderConfig, toHuggingFaceConfig, type DecoderConfig } from './decoderConfig.ts';
import { CodedError } from './errors.ts';
import { parameterShapes } from './parameters.ts';
import { parseSafetensors, writeSafetensors, type NamedArray } from './safetensors.ts';

export interface PolicyFolder {
  config: DecoderConfig;
  /** Parsed tokenizer.json, null where the folder has none. */
  tokenizerJson: unknown;
  /** By Hugging Face name, in the order of `parameterShapes`. */
  tensors: Map<string, NamedArray>;
}

function parseJson(bytes: Uint8Array, code: string, file: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new CodedError(code, `${file}: it is not JSON`, String(error));
  }
}

/** What checkpoints hold besides parameters: rotary tables, and the copy of a head that is tied. */
function isRedundant(name: string): boolean {
  return name.endsWith('.rotary_emb.inv_freq') || name === 'lm_head.weight';
}

function mismatch(why: string): never {
  throw new CodedError('policy-mismatch', `model.safetensors does not fit config.json: ${why}`);
}

/** The parameters the config calls for, in its order. */
function checkedParameters(
  config: DecoderConfig,
  tensors: ReadonlyMap<string, NamedArray>,
): Map<string, NamedArray> {
  const parameters = new Map<string, NamedArray>();
  for (const [name, shape] of parameterShapes(config)) {
    const expected = `[${shape.join(', ')}]`;
    const tensor = tensors.get(name);
    if (!tensor) return mismatch(`tensor ${name} of shape ${expected} is missing`);
    const found = `[${tensor.shape.join(', ')}]`;
    if (found !== expected) mismatch(`tensor ${name} should be ${expected} and is ${found}`);
    parameters.set(name, tensor);
  }
  for (const [name, { shape }] of tensors) {
    if (parameters.has(name) || isRedundant(name)) continue;
    mismatch(`tensor ${name} of shape [${shape.join(', ')}] is not part of the model`);
  }
  return parameters;
}

/**
 * Reads a policy. Rotary tables and the copy of a tied head are dropped.
 * @throws CodedError `unsupported-config`, `bad-tokenizer` (not JSON), `corrupt-safetensors`, or
 * `policy-mismatch` naming the tensor, the expected and the found shape.
 */
export function readPolicyFolder(files: {
  'config.json': Uint8Array;
  'tokenizer.json': Uint8Array | null;
  'model.safetensors': Uint8Array;
}): PolicyFolder {
  const configJson = parseJson(files['config.json'], 'unsupported-config', 'config.json');
  const config = parseDecoderConfig(configJson);
  const tokenizerBytes = files['tokenizer.json'];
  const tokenizerJson =
    tokenizerBytes && parseJson(tokenizerBytes, 'bad-tokenizer', 'tokenizer.json');
  const { tensors } = parseSafetensors(files['model.safetensors']);
  return { config, tokenizerJson, tensors: checkedParameters(config, tensors) };
}

function jsonBytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`);
}

/**
 * Files that `readPolicyFolder` and Hugging Face `transformers` read; F32, the same bytes for the
 * same policy. Needs a tokenizer.
 */
export function writePolicyFolder(
  folder: PolicyFolder,
): Record<'config.json' | 'tokenizer.json' | 'model.safetensors', Uint8Array> {
  if (folder.tokenizerJson === null) throw new Error('internal: a policy without a tokenizer');
  const parameters = checkedParameters(folder.config, folder.tensors);
  return {
    'config.json': jsonBytes(toHuggingFaceConfig(folder.config)),
    'tokenizer.json': jsonBytes(folder.tokenizerJson),
    // transformers insists on knowing which framework's layout it is
    'model.safetensors': writeSafetensors(parameters, { format: 'pt' }),
  };
}
