/**
 * What the trainer needs from a browser worker: backend, policy files by fetch with progress,
 * IndexedDB, ids and a clock. Paths are relative to this script, so the app works from any folder
 * of any host.
 */
import { startBestBackend, startPortableBackend } from '../models/backend.ts';
import { wasmPaths } from '../models/wasm/binaries.ts';
import { openStore } from '../src/storage/runStore.ts';
import { lockRun } from '../src/storage/runTabs.ts';
import { newRunId } from './newRunId.ts';
import { fetchBytes, loadPolicy } from './policyFiles.ts';
import { createRewardClient } from './sandbox/client.ts';
import type { TrainerHost } from './trainer.ts';

const engineWords = 'WebAssembly engine';

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
    startBackend: (device, onTrouble, onProgress) =>
      (device === 'portable' ? startPortableBackend : startBestBackend)({
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
    lockRun,
    rewardRunner: createRewardClient(),
    newRunId,
    now: () => Date.now(),
    breathe,
  };
}
