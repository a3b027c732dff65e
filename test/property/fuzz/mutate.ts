/**
 * What fuzzing does to a valid input: bytes are flipped, cut, repeated, moved, spliced with another
 * input and overwritten with numbers that break length fields; JSON values are replaced, removed
 * and nested. Sizes stay within MOST_BYTES.
 */
import type { Draw } from './draw.ts';

const MOST_BYTES = 300_000;
/** Of a stretch repeated again and again, for readers whose time might grow with more than length. */
const BULK_BYTES = 900_000;

/** Little-endian numbers around the limits of their widths. */
const magicNumbers: readonly bigint[] = [
  ...[0n, 1n, 7n, 8n, 127n, 128n, 255n, 256n, 32767n, 65535n, 65536n],
  ...[2n ** 31n - 1n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 63n],
];

function littleEndian(value: bigint, width: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value, true);
  return bytes.subarray(0, width);
}

const joined = (...parts: Uint8Array[]): Uint8Array => {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((at, part) => {
    bytes.set(part, at);
    return at + part.length;
  }, 0);
  return bytes;
};

/** A stretch of the bytes, most often a short one. */
function stretch(draw: Draw, length: number): [start: number, end: number] {
  const start = draw.below(length);
  const most = draw.chance(0.7) ? 16 : length;
  return [start, Math.min(length, start + 1 + draw.below(most))];
}

function overwritten(bytes: Uint8Array, at: number, patch: Uint8Array): Uint8Array {
  const changed = bytes.slice();
  changed.set(patch.subarray(0, changed.length - at), at);
  return changed;
}

type Mutation = (bytes: Uint8Array, draw: Draw, other: Uint8Array) => Uint8Array;

const mutations: readonly Mutation[] = [
  (bytes, draw) => {
    const at = draw.below(bytes.length);
    return overwritten(bytes, at, new Uint8Array([bytes[at]! ^ (1 << draw.below(8))]));
  },
  (bytes, draw) => overwritten(bytes, draw.below(bytes.length), draw.bytes(1 + draw.below(8))),
  (bytes, draw) => {
    const number = littleEndian(draw.pick(magicNumbers), draw.pick([1, 2, 4, 8]));
    return overwritten(bytes, draw.below(bytes.length), number);
  },
  (bytes, draw) => bytes.slice(0, draw.below(bytes.length)),
  (bytes, draw) => bytes.slice(draw.below(bytes.length)),
  (bytes, draw) => {
    const [start, end] = stretch(draw, bytes.length);
    return joined(bytes.subarray(0, start), bytes.subarray(end));
  },
  (bytes, draw) => {
    const [start, end] = stretch(draw, bytes.length);
    const copies = Array.from({ length: 1 + draw.below(20) }, () => bytes.subarray(start, end));
    return joined(bytes.subarray(0, end), ...copies, bytes.subarray(end));
  },
  (bytes, draw) => {
    const at = draw.below(bytes.length);
    return joined(bytes.subarray(0, at), draw.bytes(draw.below(32)), bytes.subarray(at));
  },
  (bytes, draw, other) =>
    joined(bytes.subarray(0, draw.below(bytes.length)), other.subarray(draw.below(other.length))),
  (bytes, draw, other) => {
    const [start, end] = stretch(draw, other.length);
    return overwritten(bytes, draw.below(bytes.length), other.subarray(start, end));
  },
];

/** A stretch of the bytes, often a very short one, repeated up to BULK_BYTES in their middle. */
function bulky(bytes: Uint8Array, draw: Draw): Uint8Array {
  const start = draw.below(bytes.length);
  const part = bytes.subarray(start, start + 1 + draw.below(draw.pick([2, 6, 40])));
  if (part.length === 0) return bytes;
  const bulk = new Uint8Array(draw.below(BULK_BYTES));
  for (let at = 0; at < bulk.length; at += part.length) {
    bulk.set(part.subarray(0, bulk.length - at), at);
  }
  return joined(bytes.subarray(0, start), bulk, bytes.subarray(start));
}

/** One of `seeds`, changed in one to four places; now and then only random bytes, or very many. */
export function mutatedBytes(draw: Draw, seeds: readonly Uint8Array[]): Uint8Array {
  if (draw.chance(0.03)) return draw.bytes(draw.below(400));
  if (draw.chance(0.01)) return bulky(draw.pick(seeds), draw);
  let bytes = draw.pick(seeds);
  const rounds = 1 + draw.below(4);
  for (let i = 0; i < rounds && bytes.length > 0; i++) {
    bytes = draw.pick(mutations)(bytes, draw, draw.pick(seeds));
  }
  return bytes.slice(0, MOST_BYTES);
}

/** What stands in JSON, tables and links in the wrong place. */
const snippets: readonly string[] = [
  ...['"', "'", ',', ';', '\t', '\n', '\r\n', '\0', '\uFEFF', '\u2028', '{', '}', '[', ']', ':'],
  ...['null', 'NaN', '1e999', '-0', '0x10', '"__proto__":', '"constructor":', '\\u0000', '\\'],
  ...['\ud800', '😀', '#', 'v1.', 'v2.', '%00', '=', '""', '"\n"', '|', '<', '>', '-1', '1e-400'],
  ...['['.repeat(5000), '{"a":'.repeat(3000), 'x'.repeat(20_000), '\n'.repeat(3000)],
];

/** As `mutatedBytes`, for texts: snippets go in as well, and what is no UTF-8 becomes U+FFFD. */
export function mutatedText(draw: Draw, seeds: readonly string[]): string {
  const encoder = new TextEncoder();
  let text = draw.pick(seeds);
  if (draw.chance(0.01)) {
    const part = draw.pick(snippets).slice(0, 8) + text.slice(0, draw.below(6));
    return text + part.repeat(draw.below(BULK_BYTES) / part.length);
  }
  const rounds = draw.below(4);
  for (let i = 0; i < rounds; i++) {
    const at = draw.below(text.length + 1);
    text = text.slice(0, at) + draw.pick(snippets) + text.slice(at + draw.below(3));
  }
  if (rounds > 0 && draw.chance(0.5)) return text;
  const others = [encoder.encode(text), encoder.encode(draw.pick(seeds))];
  return new TextDecoder().decode(mutatedBytes(draw, others));
}

function deep(levels: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < levels; i++) value = i % 2 === 0 ? [value] : { a: value };
  return value;
}

/** Values of the wrong kind, size or depth. */
const oddValues: readonly (() => unknown)[] = [
  ...[null, true, false, 0, -0, -1, 0.5, 1e308, 1e-320, 2 ** 53, -(2 ** 31), '', 'x', '0'].map(
    (value) => () => value,
  ),
  ...[[], {}, [[]], { length: 1e9 }].map((value) => () => structuredClone(value)),
  () => NaN,
  () => Infinity,
  () => 'x'.repeat(100_000),
  () => '\0\ud800',
  () => deep(3000),
  () => Array.from({ length: 20_000 }, () => 0),
  () => Array.from({ length: 20_000 }, () => ['a', 'b']),
  () => Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`k${i}`, i])),
  () => JSON.parse('{"__proto__":{"polluted":1}}') as unknown,
];

type Container = Record<string, unknown> | unknown[];

const isContainer = (value: unknown): value is Container =>
  typeof value === 'object' && value !== null;

/** Some container inside the value, the outermost most often. */
function someContainer(draw: Draw, value: Container): Container {
  let at = value;
  while (draw.chance(0.6)) {
    const inner = Object.values(at).filter(isContainer);
    if (inner.length === 0) break;
    at = draw.pick(inner);
  }
  return at;
}

/** `value`, a JSON object or list, with one to three of its members changed. */
export function mutatedJson(draw: Draw, value: Container, others: readonly Container[]): Container {
  const changed = structuredClone(value);
  for (let rounds = 1 + draw.below(3); rounds > 0; rounds--) {
    const place = someContainer(draw, changed) as Record<string, unknown>;
    const key = draw.pick([...Object.keys(place), 'a']);
    const other = Object.entries(someContainer(draw, draw.pick(others)));
    const [otherKey, otherValue] = draw.pick<[string, unknown]>([...other, ['a', 1]]);
    const action = draw.below(4);
    if (action === 0) place[key] = draw.pick(oddValues)();
    else if (action === 1) Reflect.deleteProperty(place, key);
    else if (action === 2) place[key] = structuredClone(otherValue);
    else place[draw.chance(0.5) ? otherKey : draw.pick(snippets)] = draw.pick(oddValues)();
  }
  return changed;
}
