/**
 * A recipe as the fragment of a URL, and back: `v1.` + base64url(checksum ‖ deflate(JSON of the
 * changed fields)); with the receipt of a finished run `v2.`, likewise of the receipt's JSON, which
 * holds the recipe. The checksum is the first 4 bytes of the packed part's SHA-256, so a link that
 * lost or gained a character is noticed and never half-read. A link is text from a stranger: its
 * length is capped before and after unpacking, and every field goes through `parseConfig`.
 * A later format is one more row in `readers`; a written link is never read differently again.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { deflateSync, inflateSync } from 'fflate';
import { changedFields, defaultConfig, parseConfig, type Problem } from './config.ts';
import type { RunConfig } from './configTable.ts';
import { packReceipt, readReceipt, type Receipt } from './receipt.ts';
import { rowsHash } from './rowsHash.ts';

export type LinkProblemCode = 'damaged-link' | 'newer-link' | 'invalid-link';

/** `config` holds the defaults whenever there is a problem. */
export type DecodedLink = {
  config: RunConfig;
  /** What the link claims of a run with this recipe. */
  receipt: Receipt | null;
  /** Why a receipt that came along is not trusted; the recipe is used all the same. */
  receiptProblem: string | null;
  problem: { code: LinkProblemCode; message: string } | null;
};

const MAX_CHARACTERS = 16 * 1024;
const MAX_UNPACKED = 64 * 1024;
const CHECKSUM_BYTES = 4;
/** With a receipt. */
const NEWEST = 2;

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

/** What the payload holds, null when it is damaged. */
function readPayload(payload: string): { json: unknown } | null {
  const bytes = fromBase64Url(payload);
  if (!bytes || bytes.length <= CHECKSUM_BYTES) return null;
  const packed = bytes.subarray(CHECKSUM_BYTES);
  const expected = checksum(packed);
  return expected.every((byte, index) => byte === bytes[index]) ? unpack(packed) : null;
}

/** A link's recipe, still unchecked, and what came along. */
interface Content extends Pick<DecodedLink, 'receipt' | 'receiptProblem'> {
  recipe: unknown;
}

/** Version -> what its payload's JSON says. */
const readers: Readonly<Record<number, (json: unknown) => Content>> = {
  1: (recipe) => ({ recipe, receipt: null, receiptProblem: null }),
  2: (json) => {
    const { receipt, problem } = readReceipt(json);
    const { recipe } = (json ?? {}) as { recipe?: unknown };
    return { recipe, receipt, receiptProblem: problem };
  },
};

function encode(version: number, json: unknown): string {
  const packed = deflateSync(new TextEncoder().encode(JSON.stringify(json)), { level: 9 });
  const bytes = new Uint8Array(CHECKSUM_BYTES + packed.length);
  bytes.set(checksum(packed));
  bytes.set(packed, CHECKSUM_BYTES);
  return `v${version}.${toBase64Url(bytes)}`;
}

/** The recipe as text for the part of a URL after '#'; the same recipe always gives the same text. */
export const encodeLink = (config: RunConfig): string => encode(1, changedFields(config));

/** As `encode`; null when that is more than a link may carry. */
function encodeShort(version: number, json: unknown): string | null {
  const unpacked = new TextEncoder().encode(JSON.stringify(json)).length;
  if (unpacked > MAX_UNPACKED) return null;
  const text = encode(version, json);
  return text.length > MAX_CHARACTERS ? null : text;
}

/** The receipt of a run with its recipe; null when it is too long for a link. */
export const receiptLink = (receipt: Receipt): string | null =>
  encodeShort(2, packReceipt(receipt));

/**
 * What to share: the whole recipe where it fits; else one that names its rows by their fingerprint,
 * so that they must come as a file; null when it is too long even so.
 */
export function shareLink(config: RunConfig): { text: string; needsTable: boolean } | null {
  const whole = encodeShort(1, changedFields(config));
  if (whole !== null) return { text: whole, needsTable: false };
  if (config.rows.length === 0) return null;
  const named = { ...config, rows: [], rowsHash: rowsHash(config.rows) };
  const text = encodeShort(1, changedFields(named));
  return text === null ? null : { text, needsTable: true };
}

const nothing = { receipt: null, receiptProblem: null };

const refuse = (code: LinkProblemCode, message: string): DecodedLink => ({
  config: defaultConfig,
  ...nothing,
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
  if (text === '') return { config: defaultConfig, ...nothing, problem: null };
  const match = text.length <= MAX_CHARACTERS ? /^v([1-9]\d{0,5})\.(.*)$/s.exec(text) : null;
  const version = Number(match?.[1] ?? 0);
  if (version > NEWEST) {
    return refuse('newer-link', 'This link was made by a newer version of this page.');
  }
  const payload = readPayload(match?.[2] ?? '');
  const content = payload && readers[version]?.(payload.json);
  if (!content) {
    return refuse('damaged-link', 'This link is damaged: part of it is missing or changed.');
  }
  const { recipe, ...rest } = content;
  const { config, problems } = parseConfig(recipe);
  if (config) return { config, ...rest, problem: null };
  const reasons = listProblems(problems);
  return refuse('invalid-link', `This link holds settings that cannot be used. ${reasons}`);
}
