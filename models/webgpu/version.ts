/**
 * A short name for exactly these WGSL sources and the way rollouts go: what was found out about
 * others does not hold.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { productPrograms, programs } from './programs.ts';
import * as rolloutPrograms from './rolloutPrograms.ts';
import { rolloutWays } from './rolloutWay.ts';

export function kernelVersion(): string {
  const sources = [programs, ...Object.values(productPrograms), rolloutPrograms].flatMap((table) =>
    Object.values(table),
  );
  const texts = sources.map(({ name, code }) => `${name}\n${code}`);
  const text = [...texts, JSON.stringify(rolloutWays)].join('\n');
  return bytesToHex(sha256(utf8ToBytes(text))).slice(0, 16);
}
