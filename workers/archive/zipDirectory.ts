/**
 * The table of contents of a zip file (PKWARE APPNOTE 6.3.10, sections 4.3.12 and 4.3.16), read
 * before anything is unpacked. It takes the plain kind of zip only: one disk, no zip64, no
 * encryption, stored or deflated. Invariant: names that come out are plain, unique and relative,
 * the declared sizes are within `limits`, and no two entries share packed bytes, as far as the table
 * tells; where they start only a local header says, and zipEntry.ts holds them to `end`.
 */
import type { ByteSource } from './byteSource.ts';
import { limits, quoted, refuse, requireAtMost } from './limits.ts';

export interface ZipEntry {
  name: string;
  deflated: boolean;
  /** Bytes in the file. */
  packed: number;
  /** Bytes unpacked, as declared. */
  size: number;
  /** CRC-32 of the unpacked bytes, as declared. */
  crc: number;
  /** Of its local header in the file. */
  offset: number;
  /** Where the next local header starts, or the table of contents: its packed bytes end before. */
  end: number;
}

/** As one record of the table tells it. */
type Told = Omit<ZipEntry, 'end'>;

const END_BYTES = 22;
const END_SIGNATURE = 0x06054b50;
const RECORD_BYTES = 46;
const RECORD_SIGNATURE = 0x02014b50;
const MOST_COMMENT = 0xffff;
/** Of a Unix file mode: the kind of file. */
const KIND_MASK = 0xf000;
const REGULAR_FILE = 0x8000;
const STORED = 0;
const DEFLATED = 8;
const ENCRYPTED = 1;

/** What a name must not have -> what is said of it; the first that fits. */
const nameTricks: readonly [fits: (name: string) => boolean, why: string][] = [
  [(name) => name === '', 'an entry without a name'],
  [(name) => name.length > limits.nameCharacters, 'a name that is too long'],
  [(name) => name.includes('\0'), 'a name with a NUL character in it'],
  [(name) => name.includes('\\'), 'a name with a backslash in it'],
  [(name) => name.startsWith('/'), 'a name that starts at the root of the disk'],
  [(name) => /^[a-z]:/i.test(name), 'a name that starts with a drive'],
  [(name) => name.split('/').includes('..'), 'a name that leads out of its folder'],
  [(name) => !/^[\w-][\w.-]*(\/[\w-][\w.-]*)*\/?$/.test(name), 'a name with unusual characters'],
];

function checkName(name: string): void {
  const trick = nameTricks.find(([fits]) => fits(name));
  if (trick) refuse(`it holds ${trick[1]}`, quoted(name));
}

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

interface End {
  entries: number;
  bytes: number;
  offset: number;
}

/** The record at the very end; a comment behind it is passed over. */
async function readEnd(source: ByteSource): Promise<End> {
  const tail = await source.read(Math.max(0, source.size - END_BYTES - MOST_COMMENT), source.size);
  const view = viewOf(tail);
  let at = tail.length - END_BYTES;
  const isEnd = (): boolean =>
    view.getUint32(at, true) === END_SIGNATURE &&
    at + END_BYTES + view.getUint16(at + 20, true) === tail.length;
  while (at >= 0 && !isEnd()) at--;
  if (at < 0) return refuse('it is no zip file, or its end is missing');
  const entries = view.getUint16(at + 10, true);
  const bytes = view.getUint32(at + 12, true);
  const offset = view.getUint32(at + 16, true);
  const disks = [4, 6].some((place) => view.getUint16(at + place, true) !== 0);
  if (disks || view.getUint16(at + 8, true) !== entries) refuse('it is part of a split archive');
  if (entries > limits.entries) {
    refuse(`it has ${String(entries)} entries, and at most ${String(limits.entries)} are read`);
  }
  if (bytes > limits.directory) refuse('its table of contents is too long');
  if (offset + bytes !== source.size - tail.length + at) {
    refuse('its table of contents is not where it should be');
  }
  return { entries, bytes, offset };
}

/** One record of the table, starting at `at`; `next` is where the following one starts. */
function readRecord(bytes: Uint8Array, at: number): { entry: Told; next: number } {
  const view = viewOf(bytes);
  if (at + RECORD_BYTES > bytes.length || view.getUint32(at, true) !== RECORD_SIGNATURE) {
    return refuse('its table of contents is damaged');
  }
  const nameBytes = view.getUint16(at + 28, true);
  const nameEnd = at + RECORD_BYTES + nameBytes;
  const next = nameEnd + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  if (next > bytes.length) return refuse('its table of contents is damaged');
  const name = String.fromCharCode(
    ...bytes.subarray(nameEnd - nameBytes, nameEnd).subarray(0, 999),
  );
  checkName(name);
  const method = view.getUint16(at + 10, true);
  if (view.getUint16(at + 8, true) & ENCRYPTED) refuse('it is encrypted');
  if (method !== STORED && method !== DEFLATED) refuse('it is packed in a way that is not read');
  const kind = (view.getUint32(at + 38, true) >>> 16) & KIND_MASK;
  const isFolder = name.endsWith('/');
  if (!isFolder && kind !== 0 && kind !== REGULAR_FILE) {
    refuse('it holds a link or another special file', quoted(name));
  }
  const entry = {
    name,
    deflated: method === DEFLATED,
    packed: view.getUint32(at + 20, true),
    size: view.getUint32(at + 24, true),
    crc: view.getUint32(at + 16, true),
    offset: view.getUint32(at + 42, true),
  };
  if (isFolder && entry.size > 0) refuse('it holds a folder with contents of its own');
  return { entry, next };
}

function checkSizes(entry: Told): void {
  const { name, deflated, packed, size } = entry;
  if (!deflated && packed !== size) refuse('the sizes of an entry contradict each other', name);
  if (size >= limits.ratioFrom && size > packed * limits.ratio) {
    refuse('it would grow too much when unpacked, like a zip bomb', name);
  }
}

/**
 * The entries in the order in which they lie in the file, none over another. Local headers have at
 * least the length that is reckoned with here.
 */
function inPlace(entries: readonly Told[], directory: number): ZipEntry[] {
  const LOCAL_BYTES = 30;
  let free = 0;
  const sorted = entries.toSorted((a, b) => a.offset - b.offset);
  for (const { name, packed, offset } of sorted) {
    if (offset < free) refuse('two of its entries share the same bytes', name);
    free = offset + LOCAL_BYTES + name.length + packed;
  }
  if (free > directory) refuse('an entry runs beyond the end', String(free));
  return sorted.map((entry, i) => ({ ...entry, end: sorted[i + 1]?.offset ?? directory }));
}

/** The files of the archive, folders left out. Throws CodedError 'refused-archive'. */
export async function readDirectory(source: ByteSource): Promise<ZipEntry[]> {
  requireAtMost(source.size, limits.file, 'the file');
  const end = await readEnd(source);
  const bytes = await source.read(end.offset, end.offset + end.bytes);
  const entries: Told[] = [];
  let at = 0;
  for (let i = 0; i < end.entries; i++) {
    const { entry, next } = readRecord(bytes, at);
    entries.push(entry);
    at = next;
  }
  if (at !== bytes.length) refuse('its table of contents is damaged');
  // Some disks tell no capitals from small letters.
  const names = new Set(entries.map(({ name }) => name.toLowerCase()));
  if (names.size < entries.length) refuse('it holds two entries of the same name');
  const isFile = ({ name }: Told): boolean => !name.endsWith('/');
  entries.filter(isFile).forEach(checkSizes);
  const files = inPlace(entries, end.offset).filter(isFile);
  const total = files.reduce((sum, { size }) => sum + size, 0);
  requireAtMost(total, limits.unpacked, 'its contents');
  return files;
}
