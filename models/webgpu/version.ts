/** A short name for exactly these WGSL sources: what was found out about others does not hold. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { productPrograms, programs } from './programs.ts';
import * as rolloutPrograms from './rolloutPrograms.ts';

export function kernelVersion(): string {
  const sources = [programs, ...Object.values(productPrograms), rolloutPrograms].flatMap((table) =>
    Object.values(table),
  );
  const text = sources.map(({ name, code }) => `${name}\n${code}`).join('\n');
  return bytesToHex(sha256(utf8ToBytes(text))).slice(0, 16);
}
