/**
 * `npm run kernels`: compiles kernels/ (AssemblyScript) to WebAssembly modules and writes each, as
 * base64, to its <name>.generated.ts, which is checked in: nobody needs the compiler to run the
 * app. Unit tests compile again and compare, so no file can go stale unnoticed.
 */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import asc from 'assemblyscript/asc';

const here = import.meta.dirname;

/** By module, the files whose exports are its exports; each module has a memory of its own. */
export const modules = {
  attentionKernel: ['attention.ts', 'decode.ts'],
  rolloutKernel: ['rollout.ts'],
  trainingKernel: ['training.ts'],
};

const options = [
  ...['-O3', '--converge', '--noAssert', '--enable', 'simd', '--runtime', 'stub'],
  ...['--use', 'abort=', '--initialMemory', '1', '--baseDir', path.join(here, 'kernels')],
];

/**
 * The text that the <name>.generated.ts of a module should have.
 * @param {keyof typeof modules} name
 * @returns {Promise<string>}
 */
export async function generate(name) {
  /** @type {Uint8Array | undefined} */
  let binary;
  let complaints = '';
  const { error } = await asc.main([...modules[name], '-o', 'kernel.wasm', ...options], {
    stderr: { write: (chunk) => void (complaints += String(chunk)) },
    readFile: (name, base) => readFile(path.join(base, name), 'utf8').catch(() => null),
    writeFile: (name, contents) => {
      if (name.endsWith('.wasm')) binary = /** @type {Uint8Array} */ (contents);
    },
    listFiles: () => [],
  });
  if (error) throw new Error(complaints, { cause: error });
  if (!binary) throw new Error('internal: the compiler wrote no .wasm');
  return [
    '/** The kernels in kernels/, compiled. Written by `npm run kernels`; do not edit. */',
    `export const ${name}Base64 =`,
    `  '${Buffer.from(binary).toString('base64')}';`,
    '',
  ].join('\n');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const name of /** @type {(keyof typeof modules)[]} */ (Object.keys(modules))) {
    await writeFile(path.join(here, `${name}.generated.ts`), await generate(name));
  }
}
