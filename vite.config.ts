/**
 * Builds the page into dist/: relative URLs only, so the folder works from any path on any host.
 * The dev and preview servers send the isolation headers, with which a page's clock is
 * finer; nothing else needs them.
 */
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { codeVersion } from './codeVersion.mjs';

export const isolationHeaders = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

export default defineConfig({
  base: './',
  define: { __CODE_VERSION__: JSON.stringify(codeVersion()) },
  plugins: [svelte()],
  server: { headers: isolationHeaders },
  preview: { headers: isolationHeaders },
  worker: { format: 'es' },
  build: {
    target: 'es2023',
    // Kept as files: a data: URL cannot be streamed into WebAssembly, and wasm is loaded by URL.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1500,
  },
});
