/**
 * Runs a TypeScript entry of the project in Node: `node run.mjs workers/rft.ts --seed 1`.
 * Node 20 cannot strip types, so the entry and what it imports of the project are bundled into
 * node_modules/.cache; packages stay outside the bundle. In every module `import.meta.url` is
 * the address of its own source file, and Vite's `?raw` and `?url` imports work as they do in
 * the page (`?url` gives a file: address).
 */
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const tfjsCore = '@tensorflow/tfjs-core';

/** @type {import('esbuild').Plugin} */
const likeVite = {
  name: 'like-vite',
  setup(bundler) {
    bundler.onResolve({ filter: /\?(raw|url)$/ }, (args) => {
      const [path = '', namespace = ''] = args.path.split('?');
      const plain = path.startsWith('.')
        ? resolve(args.resolveDir, path)
        : fileURLToPath(import.meta.resolve(path));
      return { path: plain, namespace };
    });
    // As in the page: tfjs' core as ES modules, so that single gradients can be imported.
    bundler.onResolve({ filter: /^@tensorflow\/tfjs-core(\/|$)/ }, ({ path }) => ({
      path: fileURLToPath(
        import.meta.resolve(path === tfjsCore ? `${tfjsCore}/dist/index.js` : path),
      ),
    }));
    bundler.onLoad({ filter: /./, namespace: 'raw' }, async ({ path }) => ({
      contents: await readFile(path, 'utf8'),
      loader: 'text',
    }));
    bundler.onLoad({ filter: /./, namespace: 'url' }, ({ path }) => ({
      contents: pathToFileURL(path).href,
      loader: 'text',
    }));
    bundler.onLoad({ filter: /\.ts$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replaceAll(
        'import.meta.url',
        JSON.stringify(pathToFileURL(path).href),
      ),
      loader: 'ts',
    }));
  },
};

const [entry, ...args] = process.argv.slice(2);
if (entry === undefined) {
  console.error('Usage: node run.mjs <entry.ts> [arguments]');
  process.exit(2);
}
const root = dirname(fileURLToPath(import.meta.url));
const outfile = join(root, 'node_modules/.cache/run', `${basename(entry, '.ts')}.mjs`);
await build({
  entryPoints: [join(root, entry)],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  packages: 'external',
  // tfjs' core asks for `require` to find Node's util.
  banner: {
    js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
  },
  sourcemap: true,
  logLevel: 'warning',
  plugins: [likeVite],
});

const child = spawn(process.execPath, ['--enable-source-maps', outfile, ...args], {
  stdio: 'inherit',
});
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
  process.on(signal, () => child.kill(signal));
}
child.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 130)));
