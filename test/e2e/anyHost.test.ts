/**
 * The built folder works from any path on any host: here a plain file server that knows nothing
 * of the app, serves it from a sub-folder and sends no isolation headers.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { visit } from './browser.ts';

const PREFIX = '/some/where/';
const TYPES: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url ?? '/', 'http://host');
  const name = pathname === PREFIX ? 'index.html' : pathname.slice(PREFIX.length);
  readFile(join(pathname.startsWith(PREFIX) ? inject('appFolder') : 'nowhere', name)).then(
    (bytes) => {
      response.setHeader('Content-Type', TYPES[extname(name)] ?? 'application/octet-stream');
      response.end(bytes);
    },
    () => {
      response.statusCode = 404;
      response.end();
    },
  );
});

beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterAll(() => {
  server.close();
});

test('the page opens from a sub-folder of a host without isolation headers', async () => {
  const { port } = server.address() as AddressInfo;
  const visitor = await visit(`http://127.0.0.1:${port}${PREFIX}`, { webgpu: false });
  expect(await visitor.page.evaluate(() => crossOriginIsolated)).toBe(false);
  expect(await visitor.page.locator('h1').first().textContent()).not.toBe('');
  await visitor.close();
});
