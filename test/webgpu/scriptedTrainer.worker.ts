/** A worker with the trainer's face whose calls answer, refuse, hang or kill it, for client tests. */
import * as comlink from 'comlink';
import type { TrainerApi, TrainerEvent } from '../../src/session/protocol.ts';
import { holdLife } from '../../src/storage/lifeLock.ts';

let tell: (event: TrainerEvent) => void = () => undefined;
const life = holdLife();
const forever = (): Promise<never> => new Promise(() => undefined);

const resumes: Record<string, () => Promise<void>> = {
  good: () => Promise.resolve(),
  refused: () => {
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- as trainer.worker.ts does
    throw { code: 'no-checkpoint', message: 'Nothing to go on from.', detail: 'refused' };
  },
  bug: () => {
    throw new TypeError('internal: a bug');
  },
  ended: async () => {
    await life; // `open` has been answered
    setTimeout(() => self.close()); // no event tells
    return forever();
  },
  uncaught: () => {
    setTimeout(() => {
      throw new Error('out of the blue');
    });
    return forever();
  },
};

const api: TrainerApi = {
  open(listener) {
    tell = listener;
    tell({ type: 'state', state: 'idle' });
    return life;
  },
  start(config) {
    tell({ type: 'state', state: 'running' });
    return Promise.resolve(`run ${String(config.seed)}`);
  },
  startPaused: forever,
  resume: (runId) => resumes[runId]!(),
  pause: forever,
  proceed: () => Promise.resolve(),
  tell: forever,
  step: forever,
  fork: forever,
  change: forever,
  dryRun: forever,
  measure: forever,
  ask: forever,
  checkReward: () => Promise.resolve(null),
  stop() {
    for (let i = 0; i < 20; i++) tell({ type: 'finished', runId: `run ${String(i)}` });
    return Promise.resolve();
  },
};

comlink.expose(api);
