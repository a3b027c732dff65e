/** Bytes as a short text that can be compared; equality of long arrays is slow in Vitest. */
import { createHash } from 'node:crypto';

export const digest = (bytes: Uint8Array): string =>
  createHash('sha256').update(bytes).digest('hex');
