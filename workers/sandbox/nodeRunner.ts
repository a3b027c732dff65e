/**
 * Code rewards in Node, in the calling thread: for the command line, tests and the bench. What
 * QuickJS cannot interrupt (see sandbox.ts) holds Node up until it ends by itself.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { RewardRunner } from '../../src/graders/codeReward.ts';
import { createSandbox, type RewardSandbox } from './sandbox.ts';

const require = createRequire(import.meta.url);

export async function createNodeSandbox(): Promise<RewardSandbox> {
  const file = require.resolve('@jitl/quickjs-wasmfile-release-sync/wasm');
  return createSandbox(await WebAssembly.compile(new Uint8Array(await readFile(file))));
}

/** Loads QuickJS when the first program comes. */
export function createNodeRunner(): RewardRunner {
  let sandbox: Promise<RewardSandbox> | null = null;
  const ready = (): Promise<RewardSandbox> => (sandbox ??= createNodeSandbox());
  return {
    check: async (program) => (await ready()).compile(program),
    run: async (program, inputs) => (await ready()).run(program, inputs),
    close: () => {
      sandbox = null;
    },
  };
}
