/** The compiled kernels that are checked in: of this source, and safe to lay tensors beside. */
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

const textOf = (name: string): Promise<string> =>
  readFile(path.join(folder, `${name}.generated.ts`), 'utf8');

describe('the module that is checked in is that of the source:', { timeout: 120_000 }, () => {
  test.each(Object.keys(modules) as (keyof typeof modules)[])('%s', async (name) => {
    expect(await textOf(name)).toBe(await generate(name));
  });
});

test.each(['attentionKernel', 'rolloutKernel'])(
  '%s keeps no data in its memory, where kernelInstance.ts lays tensors, and imports nothing',
  async (name) => {
    const base64 = /'([^']+)'/.exec(await textOf(name))![1]!;
    const sections = sectionsOf(Uint8Array.from(Buffer.from(base64, 'base64')));
    const [code, imports, data] = [10, 2, 11];
    expect(sections).toContain(code);
    expect(sections).not.toContain(imports);
    expect(sections).not.toContain(data);
  },
);
