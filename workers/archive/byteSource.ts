/** Bytes that are read piece by piece: a file of the user's, or bytes in memory. */
import { CodedError } from '../../models/errors.ts';

export interface ByteSource {
  readonly size: number;
  /** The bytes from `start` up to `end`; fewer where the source ends before. */
  read(start: number, end: number): Promise<Uint8Array>;
}

export function blobSource(blob: Blob): ByteSource {
  return {
    size: blob.size,
    read: async (start, end) => {
      try {
        return new Uint8Array(await blob.slice(start, end).arrayBuffer());
      } catch (error) {
        throw new CodedError(
          'unreadable-file',
          'The file could not be read: it was moved, changed or withdrawn meanwhile. Choose it again.',
          String(error),
        );
      }
    },
  };
}

export const bytesSource = (bytes: Uint8Array): ByteSource => ({
  size: bytes.length,
  read: (start, end) => Promise.resolve(bytes.subarray(start, end)),
});
