/**
 * Builds the page into dist/: relative URLs only, so the folder works from any path on any host.
 * The dev and preview servers send the isolation headers, with which a page's clock is
 * finer; nothing else needs them.
 */
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type Plugin } from 'vite';
import { codeVersion } from './codeVersion.mjs';

export const isolationHeaders = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/**
 * What the page may load and do: its own files and nothing else. `wasm-unsafe-eval` compiles
 * WebAssembly and allows no other eval. Blobs are tfjs' .wasm file, fetched with progress, and
 * saved pictures. HTML is made of text by Svelte's templates alone, script addresses
 * by src/ui/trustedTypes.ts.
 */
const closedDoors = {
  'default-src': "'none'",
  'script-src': "'self' 'wasm-unsafe-eval'",
  'worker-src': "'self'",
  'connect-src': "'self' blob:",
  'style-src': "'self' 'unsafe-inline'", // the code editor writes styles, and can do it no other way
  'img-src': "'self' blob: data:",
  'font-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'none'",
};
/** Of the document alone: a worker that starts another names a module of ours. */
const trustedTypes = {
  'require-trusted-types-for': "'script'",
  'trusted-types': 'default svelte-trusted-html',
};

const policyText = (directives: Record<string, string>): string =>
  Object.entries(directives)
    .map((directive) => directive.join(' '))
    .join('; ');

const contentSecurityPolicy = policyText(closedDoors);

/** In the built page itself, so that it holds on any host; the dev server needs inline styles. */
const policyInPage: Plugin = {
  name: 'content-security-policy',
  apply: 'build',
  transformIndexHtml: () => [
    {
      tag: 'meta',
      attrs: {
        'http-equiv': 'Content-Security-Policy',
        content: policyText({ ...closedDoors, ...trustedTypes }),
      },
      injectTo: 'head-prepend',
    },
  ],
};

export default defineConfig({
  base: './',
  define: { __CODE_VERSION__: JSON.stringify(codeVersion()) },
  plugins: [svelte(), policyInPage],
  server: { headers: isolationHeaders },
  preview: {
    headers: {
      ...isolationHeaders,
      'Content-Security-Policy': `${contentSecurityPolicy}; frame-ancestors 'self'`,
    },
  },
  worker: { format: 'es' },
  build: {
    target: 'es2023',
    // Kept as files: a data: URL cannot be streamed into WebAssembly, and wasm is loaded by URL.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1500,
  },
});
