/**
 * Builds the page into dist/: relative URLs only, so the folder works from any path on any host.
 * The dev and preview servers send the isolation headers that WASM threads need; a host that
 * does not send them costs threads and nothing else.
 */
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type Plugin } from 'vite';

export const isolationHeaders = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/**
 * tfjs' threaded WASM hands the source text of its factory to its own workers. That text names
 * `_scriptDir`, a variable outside the factory, which the minifier renames and the worker lacks
 * (tfjs 4.22, backend_wasm.ts, mainScriptUrlOrBlob). The variable is only a fall-back for the
 * script's address, which is always given, so it is taken out. Drop this when tfjs does.
 */
const selfContainedWasmFactory: Plugin = {
  name: 'self-contained-wasm-factory',
  transform(code, id) {
    if (!id.includes('tfjs-backend-wasm-threaded-simd.js')) return null;
    return code
      .replaceAll('typeof _scriptDir !== "undefined" && _scriptDir', 'false')
      .replaceAll('Module["mainScriptUrlOrBlob"]||_scriptDir', 'Module["mainScriptUrlOrBlob"]');
  },
};

export default defineConfig({
  base: './',
  plugins: [svelte(), selfContainedWasmFactory],
  server: { headers: isolationHeaders },
  preview: { headers: isolationHeaders },
  worker: { format: 'es', plugins: () => [selfContainedWasmFactory] },
  build: {
    target: 'es2023',
    // Kept as files: a data: URL cannot be streamed into WebAssembly, and wasm is loaded by URL.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1500,
  },
});
