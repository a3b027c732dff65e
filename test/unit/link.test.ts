/** Known answers of the links: what is written, and what each kind of bad link is told. */
import { sha256 } from '@noble/hashes/sha2.js';
import { deflateSync } from 'fflate';
import { expect, test } from 'vitest';
import { defaultConfig, parseConfig } from '../../src/rft/config.ts';
import { decodeLink, encodeLink, encodeShortLink } from '../../src/rft/link.ts';

/** A v1 link with a right checksum over any content: what a malicious author could make. */
function forge(content: string | Uint8Array): string {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  const packed = deflateSync(bytes, { level: 9 });
  const whole = Buffer.concat([sha256(packed).subarray(0, 4), packed]);
  return `v1.${whole.toString('base64url')}`;
}

const written = 'v1.BxA0fKtWKk5NTVGyMtZRyivNDSjKzy0oKVaystBRyskvLg6pLEhVslJKLyrIV6oFAA';
/** The same bytes to a lenient decoder: the last character carries two unused bits. */
const looseEnd = `${written.slice(0, -1)}B`;

const lively = parseConfig({ seed: 4_294_967_295, learningRate: 1e-4, rewardWeights: [1, 0.5] });

test('a link written today is read for ever', () => {
  // Frozen text: change the format by adding a version, never by changing this line.
  const { config } = parseConfig({ seed: 3, numPrompts: 8, lossType: 'grpo' });
  expect(encodeLink(config!)).toBe(written);
  expect(decodeLink(written)).toEqual({ config, problem: null });
});

test('there and back, with and without the #', () => {
  const text = encodeLink(lively.config!);
  expect(text).toMatch(/^v1\.[\w-]+$/);
  expect(decodeLink(text)).toEqual({ config: lively.config, problem: null });
  expect(decodeLink(`#${text}`)).toEqual({ config: lively.config, problem: null });
});

test('the defaults have a link too, and no fragment is the defaults', () => {
  expect(encodeLink(defaultConfig)).toMatch(/^v1\./);
  for (const text of [encodeLink(defaultConfig), '', '#']) {
    expect(decodeLink(text)).toEqual({ config: defaultConfig, problem: null });
  }
});

const text = encodeLink(lively.config!);
test.each([
  ['cut by one', text.slice(0, -1), 'damaged-link'],
  ['cut in half', text.slice(0, text.length / 2), 'damaged-link'],
  ['a character more', `${text}A`, 'damaged-link'],
  ['a full stop more', `${text}.`, 'damaged-link'],
  ['two characters swapped', `v1.${text[4]}${text[3]}${text.slice(5)}`, 'damaged-link'],
  ['a last character with other unused bits', looseEnd, 'damaged-link'],
  ['the version only', 'v1.', 'damaged-link'],
  ['something else', 'section-3', 'damaged-link'],
  ['version 0', text.replace('v1', 'v0'), 'damaged-link'],
  ['version 2', text.replace('v1', 'v2'), 'newer-link'],
  ['version 12 in another format', 'v12.~~~', 'newer-link'],
  ['too long', `v1.${'A'.repeat(20_000)}`, 'damaged-link'],
  ['no JSON', forge('seed=3'), 'damaged-link'],
  ['no UTF-8', forge(Uint8Array.of(0x22, 0xff, 0x22)), 'damaged-link'],
  ['a bomb', forge(' '.repeat(8_000_000)), 'damaged-link'],
  ['a small bomb', forge(`{}${' '.repeat(64 * 1024 - 1)}`), 'damaged-link'],
  ['an unknown field', forge('{"speed":1}'), 'invalid-link'],
  ['a value out of range', forge('{"seed":-1}'), 'invalid-link'],
  ['a list', forge('[]'), 'invalid-link'],
])('%s: a clear problem and the defaults', (_, link, code) => {
  const { config, problem } = decodeLink(link);
  expect(problem?.code).toBe(code);
  expect(problem?.message).toMatch(/\. The default recipe is shown instead\.$/);
  expect(config).toBe(defaultConfig);
});

test('exactly as much as is allowed can still be read', () => {
  expect(decodeLink(forge(`{}${' '.repeat(64 * 1024 - 2)}`)).problem).toBeNull();
});

test('a small table of own rows goes into a link, one that could not be read back does not', () => {
  const table = (rows: number, width: number) => {
    const cells = (i: number) => [`${i}`.padStart(width, 'abcdefghij'), `${i}`];
    const list = Array.from({ length: rows }, (_, i) => cells(i));
    return parseConfig({ task: 'own', rows: list }).config!;
  };
  const small = table(40, 8);
  expect(decodeLink(encodeShortLink(small)!)).toEqual({ config: small, problem: null });
  const long = table(1000, 80);
  expect(encodeShortLink(long)).toBeNull();
  expect(decodeLink(encodeLink(long)).problem?.code).toBe('damaged-link');
});

test('the first problems of an invalid link are named, the rest counted', () => {
  const { problem } = decodeLink(forge('{"seed":-1,"beta":-1,"topP":0,"minP":2,"epsilon":9}'));
  expect(problem?.message).toContain('seed: Give a whole number from 0 to 4294967295.');
  expect(problem?.message).toContain('(2 more.)');
});
