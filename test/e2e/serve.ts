/**
 * Serves the built app on a free port for the end-to-end tests, with the headers of
 * `vite preview`, and hands its address to them: `inject('appUrl')`. The folder is dist/, or what
 * E2E_DIST names: `inject('appFolder')`.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { preview } from 'vite';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    appUrl: string;
    appFolder: string;
  }
}

export default async function serve(project: TestProject): Promise<() => Promise<void>> {
  const outDir = process.env.E2E_DIST ?? 'dist';
  if (!existsSync(join(outDir, 'index.html'))) {
    throw new Error(`${outDir}/ is missing: run \`npm run build\` before the end-to-end tests.`);
  }
  const server = await preview({
    build: { outDir },
    preview: { port: 0, host: '127.0.0.1' },
    logLevel: 'error',
  });
  const url = server.resolvedUrls?.local[0];
  if (url === undefined) throw new Error('internal: the preview server has no address');
  project.provide('appUrl', url);
  project.provide('appFolder', outDir);
  return () => server.close();
}
