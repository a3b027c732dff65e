/**
 * What the trainer needs from a browser worker: backend, policy files by fetch with progress,
 * IndexedDB, ids and a clock. Paths are relative to this script, so the app works from any folder
 * of any host.
 */
import { startBestBackend } from '../models/backend.ts';
import { CodedError } from '../models/errors.ts';
import { wasmPaths } from '../models/wasm/binaries.ts';
import { openStore } from '../src/storage/runStore.ts';
import { readBasePolicy, untrainedPolicy } from './basePolicy.ts';
import { createRewardClient } from './sandbox/client.ts';
import type { ProgressListener, TrainerHost } from './trainer.ts';

/** Both in the source tree and in the built folder, policies lie beside this script's folder. */
const policyUrl = (name: string, file: string): URL =>
  new URL(`../policies/${name}/${file}`, self.location.href);

async function fetchBytes(
  what: string,
  url: URL,
  onProgress: (loaded: number, total: number) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const failed = (detail: string): CodedError =>
    new CodedError(
      'download-failed',
      `The ${what} could not be loaded. Check the connection and press Run again.`,
      `${url.pathname}: ${detail}`,
    );
  const response = await fetch(url).catch((error: unknown) => {
    throw failed(String(error));
  });
  if (!response.ok || !response.body) throw failed(`HTTP ${String(response.status)}`);
  const total = Number(response.headers.get('content-length') ?? 0);
  const parts: Uint8Array[] = [];
  let loaded = 0;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    loaded += value.length;
    onProgress(loaded, total);
  }
  const bytes = new Uint8Array(loaded);
  parts.reduce((offset, part) => {
    bytes.set(part, offset);
    return offset + part.length;
  }, 0);
  return bytes;
}

const policyWords = 'base policy';
const engineWords = 'WebAssembly engine';

const silent = (): void => undefined;

async function loadPolicy(name: string, onProgress: ProgressListener) {
  const untrained = untrainedPolicy(name);
  if (untrained) return untrained;
  const [config, tokenizer, model] = await Promise.all([
    fetchBytes(policyWords, policyUrl(name, 'config.json'), silent),
    fetchBytes(policyWords, policyUrl(name, 'tokenizer.json'), silent),
    fetchBytes(policyWords, policyUrl(name, 'model.safetensors'), (loaded, total) => {
      onProgress(policyWords, loaded, total);
    }),
  ]);
  return readBasePolicy({
    'config.json': config,
    'tokenizer.json': tokenizer,
    'model.safetensors': model,
  });
}

/** A macrotask turn: lets messages and GPU error events in. */
function breathe(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

export function createBrowserHost(): TrainerHost {
  return {
    startBackend: (onTrouble, onProgress) =>
      startBestBackend({
        wasmPaths,
        onTrouble,
        fetchBinary: async (url) => {
          const bytes = await fetchBytes(
            engineWords,
            new URL(url, self.location.href),
            (loaded, total) => {
              onProgress(engineWords, loaded, total);
            },
          );
          return URL.createObjectURL(new Blob([bytes], { type: 'application/wasm' }));
        },
      }),
    loadPolicy,
    openStore: () => openStore(),
    rewardRunner: createRewardClient(),
    newRunId: () =>
      Array.from(crypto.getRandomValues(new Uint32Array(2)), (word) =>
        word.toString(36).padStart(7, '0'),
      ).join(''),
    now: () => Date.now(),
    breathe,
  };
}
