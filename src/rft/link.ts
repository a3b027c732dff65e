/**
 * A recipe as the fragment of a URL, and back: `v1.` + base64url(checksum ‖ deflate(JSON of the
 * changed fields)). The checksum is the first 4 bytes of the packed part's SHA-256, so a link that
 * lost or gained a character is noticed and never half-read. A link is text from a stranger: its
 * length is capped before and after unpacking, and every field goes through `parseConfig`.
 * A later format is one more row in `readers`; a written link is never read differently again.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { deflateSync, inflateSync } from 'fflate';
import { changedFields, defaultConfig, parseConfig, type Problem } from './config.ts';
import type { RunConfig } from './configTable.ts';
import { rowsHash } from './rowsHash.ts';

export type LinkProblemCode = 'damaged-link' | 'newer-link' | 'invalid-link';

/** `config` holds the defaults whenever there is a problem. */
export type DecodedLink =
  | { config: RunConfig; problem: null }
  | { config: RunConfig; problem: { code: LinkProblemCode; message: string } };

const MAX_CHARACTERS = 16 * 1024;
const MAX_UNPACKED = 64 * 1024;
const CHECKSUM_BYTES = 4;
const NEWEST = 1;

function toBase64Url(bytes: Uint8Array): string {
  const base64 = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
  return base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** Null unless `text` is exactly what `toBase64Url` would write. */
function fromBase64Url(text: string): Uint8Array | null {
  if (!/^[\w-]+$/.test(text) || text.length % 4 === 1) return null;
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
  return toBase64Url(bytes) === text ? bytes : null;
}

const checksum = (packed: Uint8Array): Uint8Array => sha256(packed).subarray(0, CHECKSUM_BYTES);

/** Null when the bytes are no deflate stream of at most MAX_UNPACKED bytes of JSON. */
function unpack(packed: Uint8Array): { json: unknown } | null {
  try {
    // fflate never writes past `out`; one byte more than allowed tells too long from just right.
    const unpacked = inflateSync(packed, { out: new Uint8Array(MAX_UNPACKED + 1) });
    if (unpacked.length > MAX_UNPACKED) return null;
    return { json: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(unpacked)) };
  } catch {
    return null; // the caller answers with 'damaged-link'
  }
}

/** Version -> what the payload holds, null when it is damaged. */
const readers: Readonly<Record<number, (payload: string) => { json: unknown } | null>> = {
  1: (payload) => {
    const bytes = fromBase64Url(payload);
    if (!bytes || bytes.length <= CHECKSUM_BYTES) return null;
    const packed = bytes.subarray(CHECKSUM_BYTES);
    const expected = checksum(packed);
    return expected.every((byte, index) => byte === bytes[index]) ? unpack(packed) : null;
  },
};

/** The recipe as text for the part of a URL after '#'; the same recipe always gives the same text. */
export function encodeLink(config: RunConfig): string {
  const json = new TextEncoder().encode(JSON.stringify(changedFields(config)));
  const packed = deflateSync(json, { level: 9 });
  const bytes = new Uint8Array(CHECKSUM_BYTES + packed.length);
  bytes.set(checksum(packed));
  bytes.set(packed, CHECKSUM_BYTES);
  return `v${NEWEST}.${toBase64Url(bytes)}`;
}

/** As `encodeLink`; null when that is more than a link may carry. */
function encodeShort(config: RunConfig): string | null {
  const unpacked = new TextEncoder().encode(JSON.stringify(changedFields(config))).length;
  if (unpacked > MAX_UNPACKED) return null;
  const text = encodeLink(config);
  return text.length > MAX_CHARACTERS ? null : text;
}

/**
 * What to share: the whole recipe where it fits; else one that names its rows by their fingerprint,
 * so that they must come as a file; null when it is too long even so.
 */
export function shareLink(config: RunConfig): { text: string; needsTable: boolean } | null {
  const whole = encodeShort(config);
  if (whole !== null) return { text: whole, needsTable: false };
  if (config.rows.length === 0) return null;
  const text = encodeShort({ ...config, rows: [], rowsHash: rowsHash(config.rows) });
  return text === null ? null : { text, needsTable: true };
}

const refuse = (code: LinkProblemCode, message: string): DecodedLink => ({
  config: defaultConfig,
  problem: { code, message: `${message} The default recipe is shown instead.` },
});

function listProblems(problems: readonly Problem[]): string {
  const shown = problems.slice(0, 3).map(({ field, message }) => {
    const name = field.length > 40 ? `${field.slice(0, 40)}…` : field;
    return name === '' ? message : `${name}: ${message}`;
  });
  const more = problems.length - shown.length;
  return more > 0 ? `${shown.join(' ')} (${more} more.)` : shown.join(' ');
}

/**
 * Reads what follows '#' in a URL (with or without the '#'). Empty text is the default recipe;
 * anything that is not whole and valid is the default recipe and a problem. Never throws.
 */
export function decodeLink(fragment: string): DecodedLink {
  const text = fragment.replace(/^#/, '');
  if (text === '') return { config: defaultConfig, problem: null };
  const match = text.length <= MAX_CHARACTERS ? /^v([1-9]\d{0,5})\.(.*)$/s.exec(text) : null;
  const version = Number(match?.[1] ?? 0);
  if (version > NEWEST) {
    return refuse('newer-link', 'This link was made by a newer version of this page.');
  }
  const read = readers[version]?.(match?.[2] ?? '') ?? null;
  if (!read) {
    return refuse('damaged-link', 'This link is damaged: part of it is missing or changed.');
  }
  const { config, problems } = parseConfig(read.json);
  if (config) return { config, problem: null };
  const reasons = listProblems(problems);
  return refuse('invalid-link', `This link holds settings that cannot be used. ${reasons}`);
}
