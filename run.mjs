/**
 * Runs a TypeScript entry of the project in Node: `node run.mjs workers/rft.ts --seed 1`.
 * Node 20 cannot strip types, so the entry and what it imports of the project are bundled into
 * node_modules/.cache; packages stay outside the bundle. In every TypeScript module
 * `import.meta.url` is the address of its own source file, and Vite's `?raw` and `?url` imports
 * work as they do in the page (`?url` gives a file: address).
 * `node run.mjs --build carried|page <outfile> <entry.ts>` makes one file that needs no
 * node_modules and runs nothing: for Node (see test/bench/carried.ts), or for a browser.
 */
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { codeVersion } from './codeVersion.mjs';

const root = dirname(fileURLToPath(import.meta.url));
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

/** tfjs' core asks for `require` to find Node's util. @type {import('esbuild').BuildOptions} */
const forNode = {
  platform: 'node',
  target: 'node20',
  banner: {
    js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
  },
};

/** What is bundled, by what the file is for. @type {Record<string, import('esbuild').BuildOptions>} */
const targets = {
  run: { ...forNode, packages: 'external', sourcemap: true },
  carried: {
    ...forNode,
    mainFields: ['module', 'main'],
    alias: { webgpu: join(root, 'test/bench/dawnBeside.ts') },
  },
  page: { platform: 'browser', target: 'es2023' },
};

/** @param {string} target @param {string} entry @param {string} outfile */
async function bundle(target, entry, outfile) {
  const options = targets[target];
  if (!options) throw new Error(`no target "${target}": ${Object.keys(targets).join(', ')}`);
  await build({
    entryPoints: [join(root, entry)],
    outfile,
    bundle: true,
    format: 'esm',
    logLevel: 'warning',
    plugins: [likeVite],
    define: { __CODE_VERSION__: JSON.stringify(codeVersion()) },
    ...options,
  });
}

/** @param {string} entry @param {readonly string[]} args */
async function run(entry, args) {
  const outfile = join(root, 'node_modules/.cache/run', `${basename(entry, '.ts')}.mjs`);
  await bundle('run', entry, outfile);
  const child = spawn(process.execPath, ['--enable-source-maps', outfile, ...args], {
    stdio: 'inherit',
  });
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
    process.on(signal, () => child.kill(signal));
  }
  child.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 130)));
}

const [first, ...rest] = process.argv.slice(2);
const [target = '', outfile = '', entry = ''] = rest;
if (first === undefined || (first === '--build' && entry === '')) {
  console.error('Usage: node run.mjs <entry.ts> [arguments]');
  console.error('       node run.mjs --build carried|page <outfile> <entry.ts>');
  process.exit(2);
}
await (first === '--build' ? bundle(target, entry, resolve(outfile)) : run(first, rest));
