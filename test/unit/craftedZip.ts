/** Writes zip files that lie: every field of an entry can be set to something else than the truth. */
import { deflateSync } from 'fflate';
import { crc32 } from '../../workers/archive/crc32.ts';

export interface CraftedEntry {
  name: string;
  data: Uint8Array;
  deflated?: boolean;
  /** What the table of contents says, where it is not the truth. */
  says?: Partial<
    Record<'size' | 'packed' | 'crc' | 'offset' | 'method' | 'flags' | 'mode', number>
  >;
  /** Name in the local header. */
  localName?: string;
  /** Bytes of an extra field that the local header tells of and that are not there. */
  localExtra?: number;
}

/** Fields of 2 (positive width) or 4 bytes, little-endian, one after the other. */
function fields(...values: [width: 2 | 4, value: number][]): number[] {
  return values.flatMap(([width, value]) =>
    Array.from({ length: width }, (_, i) => Math.floor(value / 2 ** (8 * i)) % 256),
  );
}

const latin1 = (text: string): number[] => Array.from(text, (letter) => letter.charCodeAt(0));

/** @param entriesSaid number of entries that the end record tells. */
export function craftZip(
  entries: readonly CraftedEntry[],
  entriesSaid = entries.length,
): Uint8Array<ArrayBuffer> {
  const parts: (number[] | Uint8Array)[] = [];
  let at = 0;
  const put = (part: number[] | Uint8Array): void => {
    parts.push(part);
    at += part.length;
  };
  const table: number[][] = [];
  for (const { name, data, deflated = false, says = {}, ...local } of entries) {
    const { localName = name, localExtra = 0 } = local;
    const packed = deflated ? deflateSync(data) : data;
    const offset = says.offset ?? at;
    const method = says.method ?? (deflated ? 8 : 0);
    const told: [2 | 4, number][] = [
      [2, says.flags ?? 0],
      [2, method],
      [4, 0x21 * 65536],
      [4, says.crc ?? crc32(data)],
      [4, says.packed ?? packed.length],
      [4, says.size ?? data.length],
    ];
    put(fields([4, 0x04034b50], [2, 20], ...told, [2, localName.length], [2, localExtra]));
    put(latin1(localName));
    put(packed);
    table.push([
      ...fields([4, 0x02014b50], [2, 0x0314], [2, 20], ...told, [2, name.length]),
      ...fields([2, 0], [2, 0], [2, 0], [2, 0], [4, (says.mode ?? 0) * 65536], [4, offset]),
      ...latin1(name),
    ]);
  }
  const directory = table.flat();
  const start = at;
  put(directory);
  put(fields([4, 0x06054b50], [2, 0], [2, 0], [2, entriesSaid], [2, entriesSaid]));
  put(fields([4, directory.length], [4, start], [2, 0]));
  const bytes = new Uint8Array(at);
  parts.reduce((place, part) => {
    bytes.set(part, place);
    return place + part.length;
  }, 0);
  return bytes;
}
