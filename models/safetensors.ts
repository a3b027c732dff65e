/**
 * Bytes of a `.safetensors` file <-> named float32 arrays. The format: eight bytes of header
 * length (little-endian), a JSON header, then the arrays one after the other without gaps
 * (https://github.com/huggingface/safetensors, "Format"). Reading trusts nothing: a file is
 * either whole and finite or refused. F16 and BF16 are widened on reading; writing is F32 only
 * and gives the same bytes for the same contents.
 */
import { CodedError } from './errors.ts';

/** Row-major values; `data` holds as many as the product of `shape`. */
export interface NamedArray {
  shape: readonly number[];
  data: Float32Array;
}

export interface SafetensorsFile {
  tensors: Map<string, NamedArray>;
  metadata: Record<string, string>;
}

/** Room for 30,000 tensors; a header of nothing but brackets still is refused within a second. */
const maxHeaderBytes = 4 * 2 ** 20;
const metadataKey = '__metadata__';

interface Entry {
  name: string;
  dtype: string;
  shape: number[];
  start: number;
  end: number;
}

function corrupt(why: string): never {
  throw new CodedError('corrupt-safetensors', `The safetensors file is damaged: ${why}`);
}

/** IEEE 754 binary16 -> number. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

interface Dtype {
  bytes: number;
  /** `raw` starts at offset 0 of its own buffer, which makes wider views of it legal. */
  widen: (raw: ArrayBuffer) => Float32Array;
}

const dtypes: ReadonlyMap<string, Dtype> = new Map([
  ['F32', { bytes: 4, widen: (raw) => new Float32Array(raw) }],
  ['F16', { bytes: 2, widen: (raw) => Float32Array.from(new Uint16Array(raw), halfToNumber) }],
  [
    'BF16',
    {
      bytes: 2,
      // bfloat16 is the upper half of a float32
      widen: (raw) =>
        new Float32Array(Uint32Array.from(new Uint16Array(raw), (bits) => bits << 16).buffer),
    },
  ],
]);

/** A key that stands twice in one object of the valid JSON text, which `JSON.parse` would hide. */
function findDuplicateKey(json: string): string | null {
  const keysOfOpen: Set<string>[] = [];
  for (let i = 0; i < json.length; i++) {
    const c = json[i];
    if (c === '{' || c === '[') keysOfOpen.push(new Set());
    else if (c === '}' || c === ']') keysOfOpen.pop();
    else if (c === '"') {
      const start = i;
      for (i++; json[i] !== '"'; i++) if (json[i] === '\\') i++;
      let next = i + 1;
      while (/\s/.test(json.charAt(next))) next++;
      if (json[next] !== ':') continue;
      const key = JSON.parse(json.slice(start, i + 1)) as string;
      const keys = keysOfOpen.at(-1);
      if (keys?.has(key)) return key;
      keys?.add(key);
    }
  }
  return null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function readHeader(bytes: Uint8Array): { header: Record<string, unknown>; dataStart: number } {
  if (bytes.length < 8) corrupt(`it has ${bytes.length} bytes, fewer than its length field`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = Number(view.getBigUint64(0, true));
  if (length > maxHeaderBytes) corrupt(`its header claims ${length} bytes, above 4 MiB`);
  const dataStart = 8 + length;
  if (dataStart > bytes.length)
    corrupt(`its header claims ${length} bytes and the file is shorter`);
  let json: string;
  let header: unknown;
  try {
    // slice: TextDecoder takes no shared memory; the header is small
    json = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      bytes.slice(8, dataStart),
    );
    header = JSON.parse(json);
  } catch (error) {
    return corrupt(`its header is not JSON (${String(error)})`);
  }
  if (!isRecord(header)) return corrupt('its header is not a JSON object');
  const duplicate = findDuplicateKey(json);
  if (duplicate !== null) corrupt(`its header names ${JSON.stringify(duplicate)} twice`);
  return { header, dataStart };
}

function readMetadata(value: unknown): Record<string, string> {
  if (value === undefined) return {};
  if (!isRecord(value) || !Object.values(value).every((text) => typeof text === 'string')) {
    return corrupt('its metadata is not a table of texts');
  }
  return value as Record<string, string>;
}

function readEntry(name: string, value: unknown): Entry {
  if (!isRecord(value)) return corrupt(`tensor ${name} has no description`);
  const { dtype, shape, data_offsets: offsets } = value;
  const type = typeof dtype === 'string' ? dtypes.get(dtype) : undefined;
  if (!type) {
    return corrupt(
      `tensor ${name} has dtype ${JSON.stringify(dtype)}; only F32, F16, BF16 are read`,
    );
  }
  if (!Array.isArray(shape) || !shape.every(isCount)) {
    return corrupt(`tensor ${name} has shape ${JSON.stringify(shape)}`);
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    return corrupt(`tensor ${name} has data_offsets ${JSON.stringify(offsets)}`);
  }
  const [start, end] = offsets as [number, number];
  const size = shape.reduce((product, side) => product * side, type.bytes);
  if (end - start !== size) {
    corrupt(
      `tensor ${name} has ${end - start} bytes; its shape [${shape.join(', ')}] needs ${size}`,
    );
  }
  return { name, dtype: dtype as string, shape, start, end };
}

/** The arrays must tile the data section: each starts where the one before ends. */
function checkTiling(entries: readonly Entry[], dataBytes: number): void {
  let expected = 0;
  for (const { name, start, end } of entries) {
    if (start !== expected) {
      corrupt(`tensor ${name} starts at byte ${start} where ${expected} was expected`);
    }
    expected = end;
  }
  if (expected !== dataBytes) {
    corrupt(`its tensors need ${expected} bytes of data and it holds ${dataBytes}`);
  }
}

/**
 * Reads a file: F32, F16 and BF16 tensors as float32, in the order of their data.
 * @throws CodedError `corrupt-safetensors` for anything but a whole, finite file.
 */
export function parseSafetensors(bytes: Uint8Array): SafetensorsFile {
  const { header, dataStart } = readHeader(bytes);
  const metadata = readMetadata(header[metadataKey]);
  const entries = Object.entries(header)
    .filter(([name]) => name !== metadataKey)
    .map(([name, value]) => readEntry(name, value))
    .sort((a, b) => a.start - b.start || a.end - b.end);
  checkTiling(entries, bytes.length - dataStart);
  const tensors = new Map<string, NamedArray>();
  for (const { name, dtype, shape, start, end } of entries) {
    const raw = new Uint8Array(end - start); // its own buffer, aligned
    raw.set(bytes.subarray(dataStart + start, dataStart + end));
    const data = dtypes.get(dtype)!.widen(raw.buffer);
    const bad = data.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) corrupt(`tensor ${name} holds ${String(data[bad])} at element ${bad}`);
    tensors.set(name, { shape, data });
  }
  return { tensors, metadata };
}

/** Code-unit order; for the ASCII names of parameters that is the reference's byte order. */
function byName([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** `"key":value` for each pair. A plain object would reorder keys that look like numbers. */
function jsonObject(pairs: readonly [string, unknown][]): string {
  const members = pairs.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
  return `{${members.join(',')}}`;
}

/**
 * Writes F32 tensors, sorted by name, the header padded with spaces to 8 bytes: the layout, byte
 * for byte, of the reference implementation (which has no fixed order for several metadata keys).
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, NamedArray>,
  metadata: Record<string, string> = {},
): Uint8Array {
  const sorted = [...tensors].sort(byName);
  const notes = Object.entries(metadata).sort(byName);
  let end = 0;
  const described = sorted.map(([name, { shape, data }]): [string, unknown] => {
    if (name === metadataKey) throw new Error(`internal: a tensor is named ${name}`);
    if (shape.reduce((product, side) => product * side, 1) !== data.length) {
      throw new Error(
        `internal: tensor ${name} of shape [${shape.join()}] has ${data.length} values`,
      );
    }
    const start = end;
    end += data.byteLength;
    return [name, { dtype: 'F32', shape, data_offsets: [start, end] }];
  });
  const members = jsonObject(described);
  const prefix = `"${metadataKey}":${jsonObject(notes)}${described.length > 0 ? ',' : ''}`;
  const json = notes.length > 0 ? `{${prefix}${members.slice(1)}` : members;
  const text = new TextEncoder().encode(json);
  const headerBytes = Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(8 + headerBytes + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerBytes), true);
  bytes.fill(0x20, 8, 8 + headerBytes);
  bytes.set(text, 8);
  let offset = 8 + headerBytes;
  for (const [, { data }] of sorted) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    offset += data.byteLength;
  }
  return bytes;
}
