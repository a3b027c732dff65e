/**
 * Serves the built app (dist/) on a free port for the end-to-end tests, with the headers of
 * `vite preview`, and hands its address to them: `inject('appUrl')`.
 */
import { existsSync } from 'node:fs';
import { preview } from 'vite';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    appUrl: string;
  }
}

export default async function serve(project: TestProject): Promise<() => Promise<void>> {
  if (!existsSync('dist/index.html')) {
    throw new Error('dist/ is missing: run `npm run build` before the end-to-end tests.');
  }
  const server = await preview({ preview: { port: 0, host: '127.0.0.1' }, logLevel: 'error' });
  const url = server.resolvedUrls?.local[0];
  if (url === undefined) throw new Error('internal: the preview server has no address');
  project.provide('appUrl', url);
  return () => server.close();
}
