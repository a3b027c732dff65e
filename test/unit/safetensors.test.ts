/** The file format, against files the reference implementation (safetensors 0.8.0) wrote. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseSafetensors, writeSafetensors, type NamedArray } from '../../models/safetensors.ts';
import { policyFolders } from '../golden/goldenFiles.ts';
import { codedErrorOf } from './coded.ts';

const fixture = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(join(import.meta.dirname, 'fixtures', name)));

/** A file with this header text and so many bytes of zeros as data. */
function fileOf(header: string, dataBytes: number, claimed?: bigint): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, claimed ?? BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}
const entry = (shape: string, from: number, to: number, dtype = 'F32'): string =>
  `{"dtype":"${dtype}","shape":${shape},"data_offsets":[${from},${to}]}`;

describe('reading', () => {
  test('widens F16 and BF16, keeps F32, and takes empty tensors', () => {
    const { tensors, metadata } = parseSafetensors(fixture('mixedDtypes.safetensors'));
    const values = (name: string) => Array.from(tensors.get(name)!.data);
    expect(metadata).toEqual({ format: 'pt' });
    expect(tensors.get('half')!.shape).toEqual([2, 4]);
    expect(values('half')).toEqual([0, -0, 1, -2.5, 65504, 2 ** -14, 2 ** -24, 0.333251953125]);
    expect(values('brain')).toEqual([1, -3.140625, 9.969209968386869e37, 0, 2 ** -133]);
    expect(values('single')).toEqual([Math.fround(0.1), -7]);
    expect(tensors.get('nothing')).toEqual({ shape: [0, 3], data: new Float32Array(0) });
  });

  test('does not care where in a larger buffer the file lies', () => {
    const file = fixture('mixedDtypes.safetensors');
    const shifted = new Uint8Array(new SharedArrayBuffer(file.length + 3), 3, file.length);
    shifted.set(file);
    expect(parseSafetensors(shifted)).toEqual(parseSafetensors(file));
  });

  const one = entry('[2]', 0, 8);
  test.each<[string, Uint8Array, string]>([
    ['an empty file', new Uint8Array(0), '0 bytes'],
    ['a header beyond the file', fileOf('{}', 0, 3n), 'the file is shorter'],
    ['a header beyond 4 MiB', fileOf('{}', 0, 2n ** 63n), 'above 4 MiB'],
    ['a header that is no JSON', fileOf('{"a":', 0), 'not JSON'],
    ['a header that is no UTF-8', fileOf('{}', 8).fill(0xff, 8, 10), 'not JSON'],
    ['a header that is a list', fileOf('[]', 0), 'not a JSON object'],
    ['metadata that is no text', fileOf('{"__metadata__":{"a":1}}', 0), 'metadata'],
    ['a tensor without description', fileOf('{"a":1}', 0), 'tensor a'],
    [
      'an unknown dtype',
      fileOf(`{"a":${entry('[1]', 0, 8, 'I64')}}`, 8),
      'tensor a has dtype "I64"',
    ],
    [
      'a missing shape',
      fileOf('{"a":{"dtype":"F32","data_offsets":[0,4]}}', 4),
      'tensor a has shape',
    ],
    ['a fractional shape', fileOf(`{"a":${entry('[0.5]', 0, 2)}}`, 2), 'shape [0.5]'],
    ['a negative shape', fileOf(`{"a":${entry('[-1,-2]', 0, 8)}}`, 8), 'shape [-1,-2]'],
    ['an immense shape', fileOf(`{"a":${entry('[1e300,1e300]', 0, 8)}}`, 8), 'shape [1e+300'],
    ['offsets that go back', fileOf(`{"a":${entry('[2]', 8, 0)}}`, 8), '-8 bytes'],
    [
      'three offsets',
      fileOf('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}', 8),
      'data_offsets',
    ],
    ['a size unlike the shape', fileOf(`{"a":${entry('[3]', 0, 8)}}`, 8), 'needs 12'],
    ['a gap at the start', fileOf(`{"a":${entry('[2]', 4, 12)}}`, 12), 'starts at byte 4'],
    ['a gap between', fileOf(`{"a":${one},"b":${entry('[1]', 12, 16)}}`, 16), 'tensor b starts'],
    ['an overlap', fileOf(`{"a":${one},"b":${entry('[2]', 4, 12)}}`, 12), 'tensor b starts'],
    ['offsets beyond the file', fileOf(`{"a":${one}}`, 4), 'holds 4'],
    ['bytes to spare', fileOf(`{"a":${one}}`, 9), 'holds 9'],
    ['a name twice', fileOf(`{"a":${one},"\\u0061" :${one}}`, 8), 'names "a" twice'],
    ['a field twice', fileOf('{"a":{"dtype":"F32","dtype":"F32"}}', 8), 'names "dtype" twice'],
  ])('refuses %s', (_what, bytes, why) => {
    const error = codedErrorOf(() => parseSafetensors(bytes));
    expect(error).toMatch(/^corrupt-safetensors: /);
    expect(error).toContain(why);
  });

  test.each([
    ['NaN', 'F32', [0, 0, 0xc0, 0x7f], 'NaN at element 0'],
    ['infinity', 'F16', [0, 0x3c, 0, 0xfc], '-Infinity at element 1'],
    ['infinity', 'BF16', [0x80, 0x7f, 0, 0], 'Infinity at element 0'],
  ])('refuses %s in %s, naming the tensor', (_what, dtype, data, why) => {
    const bytes = fileOf(`{"w":${entry(dtype === 'F32' ? '[1]' : '[2]', 0, 4, dtype)}}`, 4);
    bytes.set(data, bytes.length - 4);
    expect(codedErrorOf(() => parseSafetensors(bytes))).toContain(`tensor w holds ${why}`);
  });
});

describe('writing', () => {
  test('gives the bytes of the reference implementation', () => {
    const bytes = fixture('singlePrecision.safetensors');
    const { tensors, metadata } = parseSafetensors(bytes);
    const reversed = new Map([...tensors].reverse());
    expect(writeSafetensors(reversed, metadata)).toEqual(bytes);
  });

  test.each(policyFolders())('gives back every tensor of golden $name', ({ model, grads }) => {
    for (const bytes of [model, grads]) {
      const read = parseSafetensors(bytes);
      const again = writeSafetensors(read.tensors, read.metadata);
      expect(parseSafetensors(again)).toEqual(read);
    }
  });

  test('survives names and notes that plain objects mistreat', () => {
    const tensor = (value: number): NamedArray => ({ shape: [], data: Float32Array.of(value) });
    const names = ['10', '9', '__proto__', 'constructor', 'a"\\\n{', ''];
    const tensors = new Map(names.map((name, i) => [name, tensor(i)]));
    const metadata = Object.fromEntries([
      ['__proto__', 'x'],
      ['b', '{"a":1,"a":2}'],
    ]);
    const read = parseSafetensors(writeSafetensors(tensors, metadata));
    expect(Object.fromEntries(read.tensors)).toEqual(Object.fromEntries(tensors));
    expect(Object.entries(read.metadata).sort()).toEqual(Object.entries(metadata).sort());
  });

  test('writes an empty file, with notes and without', () => {
    for (const metadata of [{}, { a: 'b' }]) {
      const bytes = writeSafetensors(new Map(), metadata);
      expect(bytes.length % 8).toBe(0);
      expect(parseSafetensors(bytes)).toEqual({ tensors: new Map(), metadata });
    }
  });

  test('writes a part of a larger array only', () => {
    const data = Float32Array.of(1, 2, 3, 4).subarray(1, 3);
    const bytes = writeSafetensors(new Map([['part', { shape: [2], data }]]));
    expect(parseSafetensors(bytes).tensors.get('part')!.data).toEqual(Float32Array.of(2, 3));
  });

  test('takes a wrong size or the reserved name for a bug', () => {
    const data = new Float32Array(3);
    expect(() => writeSafetensors(new Map([['w', { shape: [2], data }]]))).toThrow(
      /^internal: .*w/,
    );
    expect(() => writeSafetensors(new Map([['__metadata__', { shape: [3], data }]]))).toThrow(
      /^internal: /,
    );
  });
});
