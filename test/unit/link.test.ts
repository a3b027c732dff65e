/** Known answers of the links: what is written, and what each kind of bad link is told. */
import { sha256 } from '@noble/hashes/sha2.js';
import { deflateSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import { defaultConfig, parseConfig } from '../../src/rft/config.ts';
import { rowsHash } from '../../src/rft/rowsHash.ts';
import { guessColumns, readTable, rowsOf } from '../../src/session/ownDataFile.ts';
import { canonicalJson } from '../../src/storage/checkpointRecord.ts';
import { tableFile } from '../../src/session/tableFile.ts';
import type { OwnRow } from '../../src/tasks/task.ts';
import { decodeLink, encodeLink, shareLink } from '../../src/rft/link.ts';

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
  expect(decodeLink(written)).toMatchObject({ config, problem: null });
});

test('the defaults stay: a link holds only what differs from them', () => {
  // Frozen hash: another default would make every written link another recipe, so it needs a new
  // version of the link. Only a new setting, whose default is what was done before it came, may
  // have its new hash put here.
  const hash = Buffer.from(sha256(new TextEncoder().encode(canonicalJson(defaultConfig))));
  expect(hash.toString('hex')).toBe(
    'fcaa191dbd99e58d043e48927084ec4569161645ddc09eebc8031d1b5c136800',
  );
});

test('there and back, with and without the #', () => {
  const text = encodeLink(lively.config!);
  expect(text).toMatch(/^v1\.[\w-]+$/);
  expect(decodeLink(text)).toMatchObject({ config: lively.config, problem: null });
  expect(decodeLink(`#${text}`)).toMatchObject({ config: lively.config, problem: null });
});

test('the defaults have a link too, and no fragment is the defaults', () => {
  expect(encodeLink(defaultConfig)).toMatch(/^v1\./);
  for (const text of [encodeLink(defaultConfig), '', '#']) {
    expect(decodeLink(text)).toMatchObject({ config: defaultConfig, problem: null });
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
  ['version 3', text.replace('v1', 'v3'), 'newer-link'],
  ['a receipt without a recipe', text.replace('v1', 'v2'), 'invalid-link'],
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

describe('own rows', () => {
  const table = (rows: number, width: number) => {
    const cells = (i: number) => [`${i}`.padStart(width, 'abcdefghij'), `${i}`];
    const list = Array.from({ length: rows }, (_, i) => cells(i));
    return parseConfig({ task: 'own', rows: list }).config!;
  };

  test('a small table travels in the link', () => {
    const small = table(40, 8);
    const link = shareLink(small);
    expect(link?.needsTable).toBe(false);
    expect(decodeLink(link!.text)).toMatchObject({ config: small, problem: null });
  });

  test('of one that could not be read back the link holds the fingerprint', () => {
    const long = table(1000, 80);
    expect(decodeLink(encodeLink(long)).problem?.code).toBe('damaged-link');
    const link = shareLink(long);
    expect(link?.needsTable).toBe(true);
    const { config, problem } = decodeLink(link!.text);
    expect(problem).toBeNull();
    expect(config).toEqual({ ...long, rows: [], rowsHash: rowsHash(long.rows) });
  });

  test('the fingerprint is of every cell and its place, and the file gives it back', async () => {
    const rows: readonly OwnRow[] = [
      ['a', '1'],
      ['b', '2', '1+1'],
      ['"{', ' \t'],
    ];
    const changed = rowsHash([
      ['a', '1'],
      ['b', '2', '1+2'],
      ['"{', ' \t'],
    ]);
    expect(new Set([rowsHash(rows), changed, rowsHash(rows.toReversed())]).size).toBe(3);
    expect(rowsHash([['a', '1', '']])).toBe(rowsHash([['a', '1']]));
    const { name, text } = tableFile(rows);
    expect(name).toBe(`rows-${rowsHash(rows).slice(0, 8)}.jsonl`);
    const { table: read } = await readTable(text);
    expect(rowsHash(rowsOf(read!, guessColumns(read!.columns)))).toBe(rowsHash(rows));
  });
});

test('reward code that is too long for a link is not shared by half', () => {
  const noise = Array.from({ length: 8 }, (_, i) => ({
    kind: 'code',
    name: `r${i}`,
    source: Array.from({ length: 5000 }, (__, j) =>
      ((j * 7919 + i * 104729) % 9973).toString(36),
    ).join(';'),
  }));
  const { config } = parseConfig({ rewards: noise });
  expect(shareLink(config!)).toBeNull();
});

test('the first problems of an invalid link are named, the rest counted', () => {
  const { problem } = decodeLink(forge('{"seed":-1,"beta":-1,"topP":0,"minP":2,"epsilon":9}'));
  expect(problem?.message).toContain('seed: Give a whole number from 0 to 4294967295.');
  expect(problem?.message).toContain('(2 more.)');
});
