/**
 * The character tokenizer of the shipped policies, and tokenizer.json files of others. That Hugging
 * Face's own library (tokenizers 0.23.2) gives the same ids for this tokenizer.json was checked by
 * hand; the ids themselves are fixed by the recipe.
 */
import { describe, expect, test } from 'vitest';
import { parseDecoderConfig } from '../../models/decoderConfig.ts';
import { characterTokenizerJson, createTokenizer } from '../../models/tokenizer.ts';
import { codedErrorOf } from './coded.ts';

const characters = "0123456789+-*=,:;|<>{}' abcdefghijklmnopqrstuvwxyzACFIJMNPTX";
const vocabulary = ['<pad>', '<bos>', '<eos>', ...Array.from(characters)];
const json = characterTokenizerJson(vocabulary);
const configWith = (fields: object) =>
  parseDecoderConfig({
    model_type: 'llama',
    vocab_size: 63,
    hidden_size: 8,
    intermediate_size: 8,
    num_hidden_layers: 1,
    num_attention_heads: 1,
    bos_token_id: 1,
    eos_token_id: 2,
    pad_token_id: 0,
    ...fields,
  });
const tokenizer = createTokenizer(json, configWith({}));

describe('the character tokenizer', () => {
  test('gives each character its place in the vocabulary', () => {
    expect(tokenizer.encode(characters)).toEqual(Array.from(characters, (_, i) => i + 3));
    expect(tokenizer.encode('A7+4|<1')).toEqual([53, 10, 13, 7, 20, 21, 4]);
    expect(tokenizer.encode('')).toEqual([]);
    expect(tokenizer).toMatchObject({ bosId: 1, eosId: 2, padId: 0, vocabSize: 63 });
  });

  test.each([characters, ' a , b  c ', "it ' s", '<7+4=11>11', '<eos', 'bos>'])(
    'reads %j back unchanged',
    (text) => {
      expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
    },
  );

  test('skips special tokens in text and names them one by one', () => {
    expect(tokenizer.decode([1, ...tokenizer.encode('A7|'), 2, 0, 0])).toBe('A7|');
    expect(tokenizer.decode([1, 2])).toBe('');
    expect(tokenizer.decode([])).toBe('');
    expect([0, 1, 2, 26, 53].map(tokenizer.token)).toEqual(['<pad>', '<bos>', '<eos>', ' ', 'A']);
    expect(tokenizer.token(63)).toBe('');
  });

  test('takes a special token spelled out for that token', () => {
    expect(tokenizer.encode('7<eos>')).toEqual([10, 2]);
  });

  test.each([
    ['A7é', '"é" at position 3'],
    ['7😀8', '"😀" at position 2'],
    ['B', '"B" at position 1'],
    ['7\n', '"\\n" at position 2'],
    ['  \t', '"\\t" at position 3'],
  ])('refuses %j by character and position', (text, where) => {
    const error = codedErrorOf(() => tokenizer.encode(text));
    expect(error).toMatch(/^unknown-character: /);
    expect(error).toContain(where);
  });

  test('takes a token named twice for a bug', () => {
    expect(() => characterTokenizerJson(['a', 'b', 'a'])).toThrow(/^internal: /);
  });
});

describe('other tokenizers', () => {
  const special = ['<s>', '</s>'].map((content, id) => ({
    id,
    content,
    special: true,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
  }));
  const vocab = { '<s>': 0, '</s>': 1, a: 2, b: 3, ab: 4, Ġ: 5, Ã: 6, '©': 7 };
  const bpe = {
    ...json,
    added_tokens: special,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, use_regex: true },
    decoder: { type: 'ByteLevel' },
    model: { type: 'BPE', vocab, merges: [['a', 'b']], unk_token: null },
  };
  const config = configWith({ bos_token_id: 0, eos_token_id: 1, pad_token_id: 1 });

  test('byte-level BPE merges, and refuses bytes it does not have', () => {
    const other = createTokenizer(bpe, config);
    expect(other.vocabSize).toBe(8);
    expect(other.encode('abba é')).toEqual([4, 3, 2, 5, 6, 7]);
    expect(other.decode([0, 4, 3, 2, 5, 6, 7, 50, 1])).toBe('abba é');
    expect([4, 5, 6, 50].map(other.token)).toEqual(['ab', ' ', '\ufffd', '']);
    expect(codedErrorOf(() => other.encode('abc'))).toContain('"c" at position 3');
  });

  test('an unk token counts as unknown', () => {
    const model = { ...bpe.model, vocab: { ...vocab, '<unk>': 8 }, unk_token: '<unk>' };
    const other = createTokenizer({ ...bpe, model }, config);
    expect(codedErrorOf(() => other.encode('ac'))).toContain('"c" at position 2');
  });

  test('a word can be unknown though its characters are not', () => {
    const model = {
      type: 'WordPiece',
      vocab: { '<s>': 0, '</s>': 1, '[UNK]': 2, a: 3, b: 4 },
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
    };
    const pre_tokenizer = { type: 'Whitespace' };
    const decoder = { type: 'WordPiece', prefix: '##', cleanup: false };
    const other = createTokenizer({ ...bpe, model, pre_tokenizer, decoder }, config);
    expect(other.encode('a b')).toEqual([3, 4]);
    expect(codedErrorOf(() => other.encode('ab'))).toMatch(/^unknown-character: /);
  });
});

describe('createTokenizer refuses', () => {
  test.each<[string, unknown, object, string]>([
    ['nothing', null, {}, 'cannot be used'],
    ['an empty object', {}, {}, 'cannot be used'],
    ['an unknown model', { ...json, model: { type: 'Rune' } }, {}, 'cannot be used'],
    ['no added tokens', { ...json, added_tokens: undefined }, {}, 'cannot be used'],
    ['ids beyond the embedding', json, { vocab_size: 62 }, '63 tokens'],
    [
      'an immense id',
      { ...json, model: { type: 'BPE', vocab: { a: 4e9 }, merges: [] } },
      {},
      '4000000001 tokens',
    ],
    ['no bos', json, { bos_token_id: null }, 'bos_token_id is missing'],
    ['no pad', json, { pad_token_id: null }, 'pad_token_id is missing'],
    ['an eos that is a plain character', json, { eos_token_id: 5 }, 'eos_token_id is 5'],
    ['no special tokens', { ...json, added_tokens: [] }, {}, 'bos_token_id is 1'],
    [
      'an added token that is not special',
      { ...json, added_tokens: [{ id: 1, content: '<bos>', special: false }] },
      {},
      'bos_token_id is 1',
    ],
    [
      'no tokens at all',
      { ...json, added_tokens: [], model: { type: 'BPE', vocab: {}, merges: [] } },
      {},
      'bos_token_id is 1',
    ],
  ])('%s', (_what, tokenizerJson, fields, why) => {
    const error = codedErrorOf(() => createTokenizer(tokenizerJson, configWith(fields)));
    expect(error).toMatch(/^bad-tokenizer: /);
    expect(error).toContain(why);
  });
});
