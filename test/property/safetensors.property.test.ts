/** What holds for every tensor map and every damaged file. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CodedError } from '../../models/errors.ts';
import { parseSafetensors, writeSafetensors, type NamedArray } from '../../models/safetensors.ts';

const product = (shape: readonly number[]): number => shape.reduce((p, side) => p * side, 1);

const tensorOf = (minSide: number): fc.Arbitrary<NamedArray> =>
  fc.array(fc.integer({ min: minSide, max: 4 }), { maxLength: 3 }).chain((shape) =>
    fc
      .float32Array({
        minLength: product(shape),
        maxLength: product(shape),
        noNaN: true,
        noDefaultInfinity: true,
      })
      .map((data) => ({ shape, data })),
  );
const text = fc.string({ unit: 'binary', maxLength: 12 });
const name = text.filter((s) => s !== '__metadata__');
const mapOf = (minSide: number): fc.Arbitrary<Map<string, NamedArray>> =>
  fc
    .uniqueArray(fc.tuple(name, tensorOf(minSide)), { maxLength: 5, selector: ([key]) => key })
    .map((pairs) => new Map(pairs));

test('any tensors and notes survive, and their order changes no byte', () => {
  fc.assert(
    fc.property(mapOf(0), fc.dictionary(text, text, { maxKeys: 3 }), (tensors, metadata) => {
      const bytes = writeSafetensors(tensors, metadata);
      const read = parseSafetensors(bytes);
      expect([...read.tensors.keys()].sort()).toEqual([...tensors.keys()].sort());
      for (const [key, tensor] of tensors) expect(read.tensors.get(key)).toEqual(tensor);
      expect(Object.entries(read.metadata).sort()).toEqual(Object.entries(metadata).sort());
      expect(writeSafetensors(new Map([...tensors].reverse()), read.metadata)).toEqual(bytes);
    }),
  );
});

/** Shapes of a damaged file, or null where it was refused properly; anything else is thrown. */
function shapesOrRefusal(bytes: Uint8Array): unknown {
  try {
    return [...parseSafetensors(bytes).tensors.values()].map(({ shape }) => shape);
  } catch (error) {
    if (error instanceof CodedError && error.code === 'corrupt-safetensors') return null;
    throw error;
  }
}

// No empty tensors here: [0, 3] and [0, 2] fit the same bytes, so that damage is not to be seen.
const file = mapOf(1).map((tensors) => writeSafetensors(tensors, { format: 'pt' }));

test('a file with a changed byte keeps its shapes or is refused', () => {
  fc.assert(
    fc.property(file, fc.nat(), fc.integer({ min: 1, max: 255 }), (bytes, place, change) => {
      const damaged = bytes.slice();
      damaged[place % bytes.length]! ^= change;
      const shapes = shapesOrRefusal(damaged);
      if (shapes !== null) expect(shapes).toEqual(shapesOrRefusal(bytes));
    }),
    { numRuns: 2000 },
  );
});

test('a file changed all over is read or refused, never anything else', () => {
  const damage = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 40 });
  fc.assert(
    fc.property(file, damage, (bytes, changes) => {
      const damaged = bytes.slice();
      for (const [place, value] of changes) damaged[place % bytes.length] = value;
      shapesOrRefusal(damaged);
    }),
    { numRuns: 1000 },
  );
});

test('a cut file is refused', () => {
  fc.assert(
    fc.property(file, fc.nat(), (bytes, length) => {
      expect(shapesOrRefusal(bytes.subarray(0, length % bytes.length))).toBe(null);
    }),
    { numRuns: 500 },
  );
});

test('random bytes are refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      expect(shapesOrRefusal(bytes)).toBe(null);
    }),
  );
});
