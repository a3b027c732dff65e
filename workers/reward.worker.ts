/**
 * The dedicated worker that runs code rewards: QuickJS is loaded with it and nowhere else. User
 * code sees only QuickJS; what this scope itself could reach is taken away all the same.
 */
import wasmUrl from '@jitl/quickjs-wasmfile-release-sync/wasm?url';
import * as comlink from 'comlink';
import type { CodeInput, CodeProgram } from '../src/graders/codeReward.ts';
import { rewardBeat, type RewardWorkerApi } from './sandbox/protocol.ts';
import { createSandbox, type RewardSandbox } from './sandbox/sandbox.ts';

/** Ways out to the network, to storage and to other threads, none of which is needed once loaded. */
const waysOut = [
  ...['fetch', 'XMLHttpRequest', 'WebSocket', 'WebSocketStream', 'WebTransport', 'EventSource'],
  ...['indexedDB', 'caches', 'importScripts', 'BroadcastChannel', 'Worker', 'SharedWorker'],
  ...['Function', 'eval', 'Notification', 'FileReader', 'FileReaderSync', 'createImageBitmap'],
];

function closeWaysOut(): void {
  for (const name of waysOut) {
    // Where a browser does not let it be redefined, QuickJS alone stands between.
    Reflect.defineProperty(self, name, { value: undefined, configurable: false, writable: false });
  }
}

async function load(): Promise<RewardSandbox> {
  const response = await fetch(new URL(wasmUrl, self.location.href));
  if (!response.ok) throw new Error(`${response.url}: HTTP ${response.status}`);
  const wasm = await WebAssembly.compile(await response.arrayBuffer());
  const sandbox = await createSandbox(wasm, () => {
    self.postMessage(rewardBeat);
  });
  closeWaysOut();
  return sandbox;
}

const sandbox = load();

const api: RewardWorkerApi = {
  ready: async () => {
    await sandbox;
  },
  check: async (program: CodeProgram) => (await sandbox).compile(program),
  run: async (program: CodeProgram, inputs: readonly CodeInput[]) =>
    (await sandbox).run(program, inputs),
};

comlink.expose(api);
