/**
 * Text <-> token ids by a Hugging Face `tokenizer.json`; the only file that imports the tokenizers
 * library. It adds what the library leaves open: special ids checked against config.json, and an
 * error for text outside the vocabulary, which the library would drop or turn into `undefined`.
 * Also writes the tokenizer.json of a character vocabulary. No chat templates, no added specials.
 */
import { Tokenizer } from '@huggingface/tokenizers';
import type { DecoderConfig } from './decoderConfig.ts';
import { CodedError } from './errors.ts';

export interface PolicyTokenizer {
  /**
   * Ids of `text`; nothing is put before or after. A special token spelled out in the text
   * becomes that token, as in Hugging Face.
   * @throws CodedError `unknown-character` naming the character and its place, counted from 1.
   */
  encode: (text: string) => number[];
  /** Text of `ids`; special tokens, and ids the tokenizer does not know, are skipped. */
  decode: (ids: readonly number[]) => string;
  /** Text to show for one token; a special token's name; empty for an unknown id. */
  token: (id: number) => string;
  bosId: number;
  eosId: number;
  padId: number;
  /** Ids run from 0 to vocabSize − 1; at most the config's (embeddings may have spare rows). */
  vocabSize: number;
}

function bad(why: string, detail?: string): never {
  throw new CodedError('bad-tokenizer', why, detail);
}

function loadTokenizer(json: unknown): Tokenizer {
  try {
    if (typeof json !== 'object' || json === null) throw new Error('it is not a JSON object');
    return new Tokenizer(json, { clean_up_tokenization_spaces: false });
  } catch (error) {
    return bad('tokenizer.json cannot be used', String(error));
  }
}

/** The id config.json gives, if tokenizer.json has it as a special token. */
function specialId(tokenizer: Tokenizer, field: string, id: number | null): number {
  if (id === null) return bad(`config.json: ${field} is missing, and training needs it`);
  const token = tokenizer.get_added_tokens_decoder().get(id);
  if (token?.special !== true) {
    return bad(`config.json: ${field} is ${id}, which is no special token in tokenizer.json`);
  }
  return id;
}

/**
 * A tokenizer from a parsed `tokenizer.json` and its policy's config.
 * @throws CodedError `bad-tokenizer` where the file is unusable or disagrees with the config.
 */
export function createTokenizer(tokenizerJson: unknown, config: DecoderConfig): PolicyTokenizer {
  const tokenizer = loadTokenizer(tokenizerJson);
  const vocabSize = tokenizer.model?.vocab.length ?? 0;
  if (vocabSize > config.vocabSize) {
    bad(`tokenizer.json has ${vocabSize} tokens, config.json a vocab_size of ${config.vocabSize}`);
  }
  const bosId = specialId(tokenizer, 'bos_token_id', config.bosTokenId);
  const eosId = specialId(tokenizer, 'eos_token_id', config.eosTokenId);
  const padId = specialId(tokenizer, 'pad_token_id', config.padTokenId);
  const unknownId = tokenizer.model?.unk_token_id;

  const idsOf = (text: string): (number | undefined)[] =>
    tokenizer.encode(text, { add_special_tokens: false }).ids;
  const isUnknown = (id: number | undefined): boolean => id === undefined || id === unknownId;

  /** Whether a character survives encoding, by character; space may vanish in normalisation. */
  const known = new Map<string, boolean>();
  function isKnown(character: string): boolean {
    let answer = known.get(character);
    if (answer === undefined) {
      const ids = idsOf(character);
      answer = !ids.some(isUnknown) && (ids.length > 0 || /\s/u.test(character));
      known.set(character, answer);
    }
    return answer;
  }

  function encode(text: string): number[] {
    for (const [i, character] of Array.from(text).entries()) {
      if (isKnown(character)) continue;
      throw new CodedError(
        'unknown-character',
        `The character ${JSON.stringify(character)} at position ${i + 1} is not in the policy's vocabulary`,
        text,
      );
    }
    const ids = idsOf(text);
    if (ids.some(isUnknown)) {
      throw new CodedError('unknown-character', 'The text is not in the vocabulary', text);
    }
    return ids as number[];
  }

  function decode(ids: readonly number[]): string {
    const readable = ids.filter((id) => tokenizer.id_to_token(id) !== undefined);
    if (readable.length === 0) return '';
    return tokenizer.decode(readable, { skip_special_tokens: true });
  }

  const specials = tokenizer.get_added_tokens_decoder();
  const token = (id: number): string => specials.get(id)?.content ?? decode([id]);

  return { encode, decode, token, bosId, eosId, padId, vocabSize };
}

/**
 * The `tokenizer.json` of a vocabulary of single characters, ids being places in the list; entries
 * of several characters (`<pad>`, `<bos>`, `<eos>`) become special tokens. Hugging Face's own
 * `tokenizers` reads it too. Its `unk_token` stands in no vocabulary on purpose: unknown text is
 * then an error rather than a token.
 */
export function characterTokenizerJson(vocabulary: readonly string[]): Record<string, unknown> {
  const vocab = Object.fromEntries(vocabulary.map((token, id) => [token, id]));
  if (Object.keys(vocab).length !== vocabulary.length) {
    throw new Error('internal: the vocabulary names a token twice');
  }
  const special = vocabulary
    .map((content, id) => ({ id, content }))
    .filter(({ content }) => Array.from(content).length > 1);
  const plain = { single_word: false, lstrip: false, rstrip: false, normalized: false };
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: special.map((token) => ({ ...token, ...plain, special: true })),
    normalizer: null,
    pre_tokenizer: {
      type: 'Split',
      pattern: { Regex: '.' },
      behavior: 'Isolated',
      invert: false,
    },
    post_processor: null,
    decoder: { type: 'Fuse' },
    model: { type: 'WordLevel', vocab, unk_token: '<unk>' },
  };
}
