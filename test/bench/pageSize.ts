/**
 * How much the built page loads, compressed, by the graph of its chunks: what index.html names
 * and whatever those import statically; the same for the trainer's worker; and what that worker
 * fetches once it knows its backend. Reads dist/ and builds nothing.
 */
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { printTable, type Figure } from './table.ts';

const script = String.raw`[\w./-]+\.js`;
/** `import … from "./x.js"`, `import "./x.js"` and `export … from "./x.js"`, minified or not. */
const staticImport = new RegExp(String.raw`(?:from|import)\s*["'\`](${script})["'\`]`, 'g');
const dynamicImport = new RegExp(String.raw`import\(\s*["'\`](${script})["'\`]`, 'g');
const workerUrl = new RegExp(String.raw`["'\`]([\w./-]*\.worker-${script})["'\`]`, 'g');
const pageFile = /(?:src|href)="\.\/(assets\/[^"]+\.(?:js|css))"/g;

const matches = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map((match) => match[1] ?? '');

class Build {
  readonly #assets: string;
  constructor(dist: string) {
    this.#assets = join(dist, 'assets');
  }

  read(name: string): Buffer {
    return readFileSync(join(this.#assets, name));
  }

  /** Chunks that `name` refers to in this manner. */
  links(name: string, pattern: RegExp): string[] {
    const named = matches(this.read(name).toString(), pattern).map((path) => basename(path));
    return named.filter((file) => existsSync(join(this.#assets, file)));
  }

  /** `names` with everything they import statically, each once. */
  graph(names: readonly string[]): Set<string> {
    const found = new Set(names);
    for (const name of found) {
      if (name.endsWith('.js')) this.links(name, staticImport).forEach((next) => found.add(next));
    }
    return found;
  }

  figures(what: string, names: Iterable<string>): Figure[] {
    const files = [...names].map((name) => this.read(name));
    const kb = (size: (file: Buffer) => number): number =>
      files.reduce((sum, file) => sum + size(file), 0) / 1000;
    const label = `${what} (${String(files.length)} files)`;
    return [
      [`${label}, gzip`, kb((file) => gzipSync(file, { level: 9 }).length), 'kB'],
      [`${label}, brotli`, kb((file) => brotliCompressSync(file).length), 'kB'],
    ];
  }
}

/** Prints the sizes of the build in `dist`, or says that there is none. */
export function printPageSize(dist: string): void {
  const index = join(dist, 'index.html');
  if (!existsSync(index)) {
    console.log(`\nPage size: no build in ${dist}; run npm run build first.`);
    return;
  }
  const build = new Build(dist);
  const page = build.graph(
    matches(readFileSync(index, 'utf8'), pageFile).map((path) => basename(path)),
  );
  const workers = [...page].flatMap((name) => build.links(name, workerUrl));
  const worker = build.graph(workers);
  const later = [...worker].flatMap((name) => build.links(name, dynamicImport));
  const onDemand = new Set(
    later.map((name) => [...build.graph([name])].filter((file) => !worker.has(file))).flat(),
  );
  printTable('page size, kB = 1000 bytes', [
    ...build.figures('first page load, js and css', page),
    ...build.figures('worker, at its start', worker),
    ...[...onDemand].flatMap((name) => build.figures(`worker, on demand: ${name}`, [name])),
  ]);
}
