/**
 * The trainer hosted in Node, for the command line, tests and benchmarks: tfjs' WASM or CPU
 * backend, or WebGPU through Dawn; policies from a folder; runs kept in memory.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BackendName } from '../models/backend.ts';
import { readBasePolicy, untrainedPolicy } from './basePolicy.ts';
import { createMemoryStore } from './memoryStore.ts';
import { createNodeRunner } from './sandbox/nodeRunner.ts';
import { startNodeBackend } from './nodeBackend.ts';
import type { BasePolicy } from './activeRun.ts';
import type { TrainerHost } from './trainer.ts';

/** Reads a policy from `<folder>/<name>` in Hugging Face layout; an untrained one is made. */
export async function readPolicyFrom(folder: string, name: string): Promise<BasePolicy> {
  const untrained = untrainedPolicy(name);
  if (untrained) return untrained;
  const read = async (file: string): Promise<Uint8Array> =>
    new Uint8Array(await readFile(join(folder, name, file)));
  const [config, tokenizer, model] = await Promise.all(
    ['config.json', 'tokenizer.json', 'model.safetensors'].map(read),
  );
  if (!config || !tokenizer || !model) throw new Error('internal: a policy file was not read');
  return readBasePolicy({
    'config.json': config,
    'tokenizer.json': tokenizer,
    'model.safetensors': model,
  });
}

export interface NodeHostOptions {
  /** Where automatic runs go; portable ones are WASM's. */
  backend: BackendName;
  /** Folder that holds the policies by name. */
  policies: string;
}

export function createNodeHost(options: NodeHostOptions): TrainerHost {
  const store = createMemoryStore();
  let runs = 0;
  return {
    startBackend: (device, onTrouble) =>
      startNodeBackend(device === 'portable' ? 'wasm' : options.backend, onTrouble),
    loadPolicy: (name) => readPolicyFrom(options.policies, name),
    openStore: () => Promise.resolve(store),
    rewardRunner: createNodeRunner(),
    newRunId: () => `run-${String(++runs)}`,
    now: () => performance.timeOrigin + performance.now(),
    breathe: () => new Promise((resolve) => setImmediate(resolve)),
  };
}
