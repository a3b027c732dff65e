/** A policy's files: every golden policy is read and written, every misfit refused by name. */
import { describe, expect, test } from 'vitest';
import { parameterShapes } from '../../models/parameters.ts';
import { readPolicyFolder, writePolicyFolder } from '../../models/policyFolder.ts';
import { writeSafetensors, type NamedArray } from '../../models/safetensors.ts';
import { policyFolders } from '../golden/goldenFiles.ts';
import { codedErrorOf } from './coded.ts';

const bytesOf = (json: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(json));
const filesOf = (config: unknown, model: Uint8Array) => ({
  'config.json': bytesOf(config),
  'tokenizer.json': null,
  'model.safetensors': model,
});
const goldens = policyFolders();
const tokenizerJson = { version: '1.0', model: {} };

test.each(goldens)('golden $name is read in order and written back', ({ config, model }) => {
  const folder = readPolicyFolder(filesOf(config, model));
  expect(folder.tokenizerJson).toBe(null);
  expect([...folder.tensors.keys()]).toEqual([...parameterShapes(folder.config).keys()]);
  const whole = { ...folder, tokenizerJson };
  expect(readPolicyFolder(writePolicyFolder(whole))).toEqual(whole);
});

describe('a misfit', () => {
  const tied = goldens.find(({ name }) => name === 'llama-tied-mha')!;
  const folder = readPolicyFolder(filesOf(tied.config, tied.model));
  const modelWith = (changes: Record<string, readonly number[] | null>): Uint8Array => {
    const tensors = new Map(folder.tensors);
    for (const [name, shape] of Object.entries(changes)) {
      const size = shape?.reduce((product, side) => product * side, 1);
      const tensor: NamedArray | null = shape && { shape, data: new Float32Array(size!) };
      if (tensor) tensors.set(name, tensor);
      else tensors.delete(name);
    }
    return writeSafetensors(tensors);
  };

  test.each<[string, Record<string, readonly number[] | null>, string]>([
    ['missing', { 'model.norm.weight': null }, 'model.norm.weight of shape [32] is missing'],
    ['misshapen', { 'model.norm.weight': [31] }, 'model.norm.weight should be [32] and is [31]'],
    [
      'transposed',
      { 'model.layers.1.mlp.up_proj.weight': [32, 64] },
      'model.layers.1.mlp.up_proj.weight should be [64, 32] and is [32, 64]',
    ],
    ['unknown', { 'model.layers.2.mlp.bias': [1] }, 'model.layers.2.mlp.bias of shape [1] is not'],
  ])('%s is refused by name', (_what, changes, why) => {
    const error = codedErrorOf(() => readPolicyFolder(filesOf(tied.config, modelWith(changes))));
    expect(error).toMatch(/^policy-mismatch: /);
    expect(error).toContain(why);
  });

  test('rotary tables and the copy of a tied head are dropped', () => {
    const model = modelWith({
      'lm_head.weight': [29, 32],
      'model.layers.0.self_attn.rotary_emb.inv_freq': [4],
    });
    expect(readPolicyFolder(filesOf(tied.config, model))).toEqual(folder);
  });

  test('an untied head may not be missing', () => {
    const config = { ...(tied.config as object), tie_word_embeddings: false };
    expect(codedErrorOf(() => readPolicyFolder(filesOf(config, tied.model)))).toContain(
      'policy-mismatch: model.safetensors does not fit config.json: tensor lm_head.weight',
    );
  });

  test('files that are no JSON are refused by name', () => {
    const files = filesOf(tied.config, tied.model);
    const noJson = new Uint8Array([0x7b, 0xff]);
    expect(codedErrorOf(() => readPolicyFolder({ ...files, 'config.json': noJson }))).toMatch(
      /^unsupported-config: config.json: it is not JSON/,
    );
    expect(codedErrorOf(() => readPolicyFolder({ ...files, 'tokenizer.json': noJson }))).toMatch(
      /^bad-tokenizer: tokenizer.json: it is not JSON/,
    );
  });

  test('is not written either', () => {
    const tensors = new Map(folder.tensors);
    tensors.delete('model.norm.weight');
    expect(codedErrorOf(() => writePolicyFolder({ ...folder, tokenizerJson, tensors }))).toMatch(
      /^policy-mismatch: /,
    );
    expect(() => writePolicyFolder(folder)).toThrow(/^internal: /);
  });
});
