/**
 * Unpacking one entry of a zip file, piece by piece: never more comes out than was declared, and
 * what came out must have the declared length and CRC-32. Deflate can make a thousand bytes of one,
 * so packed bytes go in little by little.
 */
import { Inflate } from 'fflate';
import { CodedError } from '../../models/errors.ts';
import type { ByteSource } from './byteSource.ts';
import { crc32 } from './crc32.ts';
import { refuse } from './limits.ts';
import type { ZipEntry } from './zipDirectory.ts';

const LOCAL_BYTES = 30;
const LOCAL_SIGNATURE = 0x04034b50;
/** Packed bytes read from the file at a time. */
const READ_BYTES = 256 * 1024;
/** Packed bytes unpacked at a time; they can become 16 MiB. */
const PUSH_BYTES = 16 * 1024;
/**
 * Packed bytes in a row that may yield nothing. A stored block of 64 KiB is the longest that comes
 * out in one; beyond that the stream has ended and the rest is no part of it.
 */
const BARREN_BYTES = 128 * 1024;

const damaged = (name: string, detail?: string): never =>
  refuse(`${name} in it is damaged`, detail);

/** Where the packed bytes start: behind the local header, which must tell the same name. */
async function dataStart(source: ByteSource, { name, offset }: ZipEntry): Promise<number> {
  const header = await source.read(offset, offset + LOCAL_BYTES + name.length);
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const whole = header.length === LOCAL_BYTES + name.length;
  if (!whole || view.getUint32(0, true) !== LOCAL_SIGNATURE) return damaged(name);
  const local = String.fromCharCode(...header.subarray(LOCAL_BYTES));
  if (view.getUint16(26, true) !== name.length || local !== name) {
    refuse('it tells two names of one entry', name);
  }
  return offset + LOCAL_BYTES + name.length + view.getUint16(28, true);
}

async function* pieces(source: ByteSource, entry: ZipEntry): AsyncGenerator<Uint8Array> {
  const start = await dataStart(source, entry);
  if (start + entry.packed > entry.end) {
    refuse('two of its entries share the same bytes', entry.name);
  }
  for (let at = 0; at < entry.packed; at += READ_BYTES) {
    const end = Math.min(at + READ_BYTES, entry.packed);
    const piece = await source.read(start + at, start + end);
    if (piece.length < end - at) damaged(entry.name, 'cut short');
    yield piece;
  }
}

/** A sink for packed bytes that hands the unpacked ones on. */
function inflater(entry: ZipEntry, sink: (piece: Uint8Array) => void) {
  let barren = 0;
  const inflate = new Inflate((piece) => {
    if (piece.length > 0) barren = 0;
    sink(piece);
  });
  const push = (piece: Uint8Array, last: boolean): void => {
    barren += piece.length;
    try {
      inflate.push(piece, last);
    } catch (error) {
      if (error instanceof CodedError) throw error; // the sink's
      damaged(entry.name, String(error));
    }
    if (barren > BARREN_BYTES) damaged(entry.name, 'bytes behind its end');
  };
  return {
    push: (packed: Uint8Array): void => {
      for (let at = 0; at < packed.length; at += PUSH_BYTES) {
        push(packed.subarray(at, at + PUSH_BYTES), false);
      }
    },
    end: (): void => push(new Uint8Array(0), true),
  };
}

/** Hands the entry's unpacked bytes to `sink` in order. Throws CodedError 'refused-archive'. */
export async function unpack(
  source: ByteSource,
  entry: ZipEntry,
  sink: (piece: Uint8Array) => void,
): Promise<void> {
  let size = 0;
  let crc = 0;
  const take = (piece: Uint8Array): void => {
    size += piece.length;
    if (size > entry.size) refuse(`${entry.name} in it is longer than it says`);
    crc = crc32(piece, crc);
    sink(piece);
  };
  const inflate = entry.deflated ? inflater(entry, take) : null;
  for await (const piece of pieces(source, entry)) {
    if (inflate) inflate.push(piece);
    else take(piece);
  }
  inflate?.end();
  if (size !== entry.size) damaged(entry.name, `${String(size)} of ${String(entry.size)} bytes`);
  if (crc !== entry.crc) damaged(entry.name, 'its checksum (CRC-32) differs');
}

/** The entry's unpacked bytes; the caller has checked that so many are welcome. */
export async function unpackWhole(source: ByteSource, entry: ZipEntry): Promise<Uint8Array> {
  const bytes = new Uint8Array(entry.size);
  let at = 0;
  await unpack(source, entry, (piece) => {
    bytes.set(piece, at);
    at += piece.length;
  });
  return bytes;
}
