/**
 * The test projects. `node` and `learn` run in Node, `browser` inside Chromium, `e2e` drives the
 * built app. They run one after the other, two workers at most, so that a slow learning test
 * never starves a browser test into a time-out.
 */
import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { findChromium, webgpuArgs } from './test/chromium.mjs';
import { isolationHeaders } from './vite.config.ts';

const MINUTE = 60_000;
/** Vitest's own second is short for a machine with neighbours. */
const patient = { poll: { timeout: MINUTE } };
const executablePath = findChromium();
const goldens = resolve(process.env.GOLDENS ?? 'test/golden/fixtures');

declare module 'vitest' {
  interface ProvidedContext {
    /** Where a test in the browser fetches golden fixtures from; ends with a slash. */
    goldensUrl: string;
    /** Names of the golden policies' folders there. */
    goldenPolicies: string[];
    /** How often the worker of test/webgpu/kills.test.ts is killed. */
    kills: number;
  }
}

export default defineConfig({
  test: {
    maxWorkers: 2,
    // As in the page: tfjs' core as ES modules, so that single gradients can be imported.
    server: { deps: { inline: ['@tensorflow/tfjs-core'] } },
    projects: [
      {
        extends: './vite.config.ts',
        test: {
          name: 'node',
          environment: 'node',
          include: ['test/{unit,property,golden}/**/*.test.ts'],
          exclude: ['test/**/*.browser.test.ts'],
          testTimeout: MINUTE,
          expect: patient,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: './vite.config.ts',
        test: {
          name: 'learn',
          environment: 'node',
          include: ['test/learn/**/*.test.ts'],
          testTimeout: 15 * MINUTE,
          hookTimeout: 5 * MINUTE,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: './vite.config.ts',
        server: { headers: isolationHeaders, fs: { allow: ['.', goldens] } },
        // Found while a test runs, they would make Vite reload the page under it.
        optimizeDeps: {
          include: [
            ...['comlink', 'fflate', 'idb', 'uplot', 'valibot', '@huggingface/tokenizers'],
            ...['quickjs-emscripten-core', '@jitl/quickjs-wasmfile-release-sync'],
            ...['@noble/hashes/sha2.js', '@noble/hashes/utils.js'],
            ...['commands', 'lang-javascript', 'language', 'lint', 'state', 'view'].map(
              (name) => `@codemirror/${name}`,
            ),
            '@lezer/highlight',
            ...['cpu', 'wasm', 'webgpu'].map((name) => `@tensorflow/tfjs-backend-${name}`),
          ],
        },
        test: {
          name: 'browser',
          provide: {
            goldensUrl: `/@fs${goldens}/`,
            kills: Number(process.env.KILLS ?? 20),
            goldenPolicies: readdirSync(resolve(goldens, 'policies')).sort(),
          },
          include: ['test/{webgpu,ui}/**/*.test.ts', 'test/golden/**/*.browser.test.ts'],
          testTimeout: 2 * MINUTE,
          hookTimeout: MINUTE,
          expect: patient,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
          browser: {
            enabled: true,
            headless: true,
            ui: false,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: { args: webgpuArgs, ...(executablePath && { executablePath }) },
            }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
      {
        extends: './vite.config.ts',
        test: {
          name: 'e2e',
          environment: 'node',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/e2e/serve.ts'],
          testTimeout: 5 * MINUTE,
          hookTimeout: 2 * MINUTE,
          expect: patient,
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
