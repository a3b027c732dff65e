/**
 * Svelte's compiler options, read by Vite, svelte-check and ESLint alike.
 * Runes everywhere: a component without them does not compile.
 */
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

/** @type {import('@sveltejs/vite-plugin-svelte').SvelteConfig} */
export default {
  preprocess: vitePreprocess(),
  compilerOptions: { runes: true },
};
