/**
 * Writes a zip file entry by entry into Blobs, which the browser may keep on disk. Texts are
 * deflated; weights are stored, because they hardly shrink. The same entries give the same bytes:
 * the time of every entry is the first that zip can tell.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { Zip, ZipDeflate, ZipPassThrough } from 'fflate';

export interface FileSum {
  bytes: number;
  /** Hex. */
  sha256: string;
}

export type Piece = Uint8Array<ArrayBuffer>;

/** Read piece by piece, so that a long text need not be in memory as a whole. */
async function* piecesOf(content: Piece | Blob): AsyncGenerator<Piece> {
  const STRIDE = 2 ** 20;
  if (!(content instanceof Blob)) {
    yield content;
    return;
  }
  for (let at = 0; at < content.size; at += STRIDE) {
    yield new Uint8Array(await content.slice(at, at + STRIDE).arrayBuffer());
  }
}

export class ZipWriter {
  #blobs: Blob[] = [];
  #parts: Piece[] = [];
  #sums = new Map<string, FileSum>();
  #zip: Zip;

  readonly #onPiece: (bytes: number) => void;

  /** @param onPiece told the bytes of each piece that was written. */
  constructor(onPiece: (bytes: number) => void = () => undefined) {
    this.#onPiece = onPiece;
    this.#zip = new Zip((error, piece) => {
      if (error) throw error;
      this.#parts.push(piece);
    });
  }

  /** What was written so far, by name. */
  get sums(): ReadonlyMap<string, FileSum> {
    return this.#sums;
  }

  async add(name: string, content: Piece | Blob): Promise<void> {
    const file = name.endsWith('.safetensors')
      ? new ZipPassThrough(name)
      : new ZipDeflate(name, { level: 6 });
    file.mtime = new Date(1980, 0, 1);
    this.#zip.add(file);
    const hash = sha256.create();
    let bytes = 0;
    for await (const piece of piecesOf(content)) {
      hash.update(piece);
      bytes += piece.length;
      file.push(piece);
      this.#onPiece(piece.length);
    }
    file.push(new Uint8Array(0), true);
    this.#sums.set(name, { bytes, sha256: bytesToHex(hash.digest()) });
    this.#settle();
  }

  finish(): Blob {
    this.#zip.end();
    this.#settle();
    return new Blob(this.#blobs, { type: 'application/zip' });
  }

  #settle(): void {
    this.#blobs.push(new Blob(this.#parts));
    this.#parts = [];
  }
}
