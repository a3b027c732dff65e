/**
 * What the trainer needs from a browser worker: backend, policy files by fetch with progress,
 * IndexedDB, ids and a clock. Paths are relative to this script, so the app works from any folder
 * of any host.
 */
import { startBestBackend } from '../models/backend.ts';
import { CodedError } from '../models/errors.ts';
import { wasmPaths } from '../models/wasm/binaries.ts';
import { openStore } from '../src/storage/runStore.ts';
import { readBasePolicy } from './basePolicy.ts';
import type { ProgressListener, TrainerHost } from './trainer.ts';

/** Both in the source tree and in the built folder, policies lie beside this script's folder. */
const policyUrl = (name: string, file: string): URL =>
  new URL(`../policies/${name}/${file}`, self.location.href);

async function fetchBytes(
  url: URL,
  onProgress: (loaded: number, total: number) => void,
): Promise<Uint8Array> {
  const response = await fetch(url).catch((error: unknown) => {
    throw new CodedError('download-failed', 'The base policy could not be loaded.', String(error));
  });
  if (!response.ok || !response.body) {
    const detail = `${url.pathname}: ${String(response.status)}`;
    throw new CodedError('download-failed', 'The base policy could not be loaded.', detail);
  }
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

async function loadPolicy(name: string, onProgress: ProgressListener) {
  const silent = (): void => undefined;
  const [config, tokenizer, model] = await Promise.all([
    fetchBytes(policyUrl(name, 'config.json'), silent),
    fetchBytes(policyUrl(name, 'tokenizer.json'), silent),
    fetchBytes(policyUrl(name, 'model.safetensors'), (loaded, total) => {
      onProgress('base policy', loaded, total);
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
    startBackend: (onTrouble) => startBestBackend({ wasmPaths, onTrouble }),
    loadPolicy,
    openStore: () => openStore(),
    newRunId: () =>
      Array.from(crypto.getRandomValues(new Uint32Array(2)), (word) =>
        word.toString(36).padStart(7, '0'),
      ).join(''),
    now: () => Date.now(),
    breathe,
  };
}
