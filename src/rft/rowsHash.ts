/**
 * The fingerprint of a table of the user's own rows: what a link names instead of rows that are too
 * many to travel in it. SHA-256 of their JSON, so any change of any cell or order gives another.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { OwnRow } from '../tasks/task.ts';

/** 64 hex digits. An empty chain is the same as none. */
export function rowsHash(rows: readonly OwnRow[]): string {
  const plain = rows.map(([prompt, answer, chain = '']) =>
    chain === '' ? [prompt, answer] : [prompt, answer, chain],
  );
  return bytesToHex(sha256(utf8ToBytes(JSON.stringify(plain))));
}

/** The first digits, for people and file names. */
export const shortHash = (hash: string): string => hash.slice(0, 8);
