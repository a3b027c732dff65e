/**
 * Ends the process when an input hangs, and says which: a loop without end never gives a timer its
 * turn, so a thread of its own watches a counter in shared memory.
 */
import { Worker } from 'node:worker_threads';

const source = `
  const { workerData, parentPort } = require('node:worker_threads');
  const { counter, seconds } = workerData;
  let last = -1;
  let silent = 0;
  setInterval(() => {
    const now = Atomics.load(counter, 0);
    silent = now === last ? silent + 1 : 0;
    last = now;
    if (silent < seconds) return;
    require('node:fs').writeSync(2, 'Hang: input ' + now + ' has taken ' + silent + ' s.\\n');
    process.kill(process.pid, 'SIGKILL');
  }, 1000);
`;

export interface Watchdog {
  /** Tells which input is under way. */
  beat(input: number): void;
  stop(): Promise<number>;
}

/** @param seconds of silence, far more than any input should take on a busy machine. */
export function watchdog(seconds: number): Watchdog {
  const counter = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(source, { eval: true, workerData: { counter, seconds } });
  worker.unref();
  return {
    beat: (input) => void Atomics.store(counter, 0, input),
    stop: () => worker.terminate(),
  };
}
