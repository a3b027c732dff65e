/**
 * What an archive may be at most, and how one that is more, or is no archive of a run, is refused.
 * Sizes are checked as declared before anything is unpacked, and again while unpacking.
 *
 * Memory: at most `held` bytes of unpacked files are kept until they are stored; beside them one
 * safetensors file (`tensorFile`) at a time is read, which takes about three times its size. So
 * reading any file takes less than 400 MB.
 */
import { CodedError } from '../../models/errors.ts';

const MiB = 2 ** 20;

export const limits = {
  /** Of the archive, packed. */
  file: 640 * MiB,
  entries: 1024,
  nameCharacters: 64,
  /** Of the zip's table of contents. */
  directory: 256 * 1024,
  /** Unpacked bytes that a packed byte may stand for, where `ratioFrom` or more come out. */
  ratio: 64,
  ratioFrom: MiB,
  /** Unpacked, of all entries. */
  unpacked: 640 * MiB,
  /** Unpacked, of the entries that are kept until the run is stored. */
  held: 256 * MiB,
  /** Settings, manifest, checkpoint headers, model card. */
  text: MiB,
  tensorFile: 32 * MiB,
  metrics: 32 * MiB,
  /** Characters of one step's metrics. Sixteen rewards of the longest names take about 6,000. */
  metricsLine: 64 * 1024,
  rollouts: 256 * MiB,
  /** Of the same, packed again, which an imported run keeps. They pack to less than a tenth. */
  packedRollouts: 32 * MiB,
} as const;

const inWords = (bytes: number): string => `${String(Math.floor(bytes / MiB))} MiB`;

/** A stranger's text for use in a sentence: short, quoted, on one line. */
export function quoted(text: string): string {
  const short = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  return JSON.stringify(short);
}

/** @param why a clause without a full stop. */
export function refuse(why: string, detail?: string): never {
  throw new CodedError(
    'refused-archive',
    `This file was not imported: ${why}. Nothing in this browser was changed.`,
    detail,
  );
}

export function requireAtMost(bytes: number, most: number, what: string): void {
  if (bytes <= most) return;
  refuse(`${what} would take ${inWords(bytes)}, and at most ${inWords(most)} are read`);
}
