/** The compiled kernels that are checked in: of this source, and safe to lay tensors into. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { generate, modules } from '../../models/wasm/build.mjs';

const folder = path.resolve(import.meta.dirname, '../../models/wasm');

/** The ids of a WebAssembly module's sections. */
function sectionsOf(bytes: Uint8Array): number[] {
  const sections: number[] = [];
  for (let next = 8; next < bytes.length;) {
    sections.push(bytes[next++]!);
    let size = 0;
    for (let shift = 0; ; shift += 7) {
      size += (bytes[next]! & 127) << shift;
      if (bytes[next++]! < 128) break;
    }
    next += size;
  }
  return sections;
}

describe.each(Object.keys(modules) as (keyof typeof modules)[])('the module %s', (name) => {
  const file = path.join(folder, `${name}.generated.ts`);

  test('is that of the source', { timeout: 120_000 }, async () => {
    expect(await readFile(file, 'utf8')).toBe(await generate(name));
  });

  test('keeps no data in its memory, where tensors lie, and needs nothing from outside', async () => {
    const base64 = /'([^']+)'/.exec(await readFile(file, 'utf8'))![1]!;
    const sections = sectionsOf(Uint8Array.from(Buffer.from(base64, 'base64')));
    const [code, imports, data] = [10, 2, 11];
    expect(sections).toContain(code);
    expect(sections).not.toContain(imports);
    expect(sections).not.toContain(data);
  });
});
