/**
 * The completions of an imported run, between two files: packed as they come in, piece by piece, and
 * unpacked for the run's next file to the very same bytes. Nobody reads what they say.
 */
import { Gunzip, Gzip } from 'fflate';
import type { PackedRollouts } from '../../src/storage/database.ts';
import type { RolloutFile } from '../../src/session/archiveProtocol.ts';
import { limits, requireAtMost } from './limits.ts';

export interface Packer {
  push: (piece: Uint8Array) => void;
  end: () => Uint8Array;
}

/** Throws CodedError 'refused-archive' where they take more than is kept. */
export function packRollouts(): Packer {
  const pieces: Uint8Array[] = [];
  let size = 0;
  const gzip = new Gzip({ level: 6, mtime: 0 }, (piece) => {
    size += piece.length;
    requireAtMost(size, limits.packedRollouts, 'its completions, packed,');
    pieces.push(piece);
  });
  return {
    push: (piece) => gzip.push(piece),
    end: () => {
      gzip.push(new Uint8Array(0), true);
      const whole = new Uint8Array(size);
      let at = 0;
      for (const piece of pieces) {
        whole.set(piece, at);
        at += piece.length;
      }
      return whole;
    },
  };
}

function unpacked(packed: Uint8Array): Blob {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  new Gunzip((piece) => pieces.push(piece)).push(packed, true);
  return new Blob(pieces);
}

/** What came with the run, and what the page holds of its steps since. */
export function withImported(held: RolloutFile, imported: PackedRollouts | null): RolloutFile {
  if (imported === null) return held;
  const { packed, steps, note } = imported;
  const lines = unpacked(packed);
  if (held.lines === null) return { lines, steps, note };
  return {
    lines: new Blob([lines, held.lines]),
    steps: steps + held.steps,
    note: `Imported: ${note} Since then: ${held.note}`.slice(0, 1000),
  };
}
