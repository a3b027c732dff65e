/**
 * The page's end of the trainer worker: one client owns one worker, from `startTrainer` to
 * `close` or to the worker's death; going on after that takes a new client. comlink alone would
 * leave calls to a dead worker pending for ever, so every call here ends: with the answer, with
 * the trainer's own failure as a CodedError, or with 'worker-died', which an error event tells or,
 * where the worker ended without one, the lock that it held. Events come at the pace of the
 * display. It holds no state of the run.
 */
import * as comlink from 'comlink';
import { CodedError } from '../../models/errors.ts';
import { whenGone } from '../storage/lifeLock.ts';
import { perFrame } from './frames.ts';
import type { Failure, TrainerApi, TrainerEvent, TrainerState } from './protocol.ts';

export interface TrainerClient extends Omit<TrainerApi, 'open'> {
  /** Ends the worker at once; calls still open reject with 'worker-closed', no event follows. */
  close(): void;
  /** True once the worker is gone, by `close` or by itself. */
  readonly ended: boolean;
}

export interface ClientOptions {
  spawn: () => Worker;
  /** Seconds of silence while work is under way before 'worker-silent' is told. */
  patience: number;
  /** The same while loading and in the first step, when shaders are compiled. */
  firstPatience: number;
}

const defaults: ClientOptions = {
  spawn: () =>
    new Worker(new URL('../../workers/trainer.worker.ts', import.meta.url), {
      type: 'module',
      name: 'trainer',
    }),
  patience: 60,
  firstPatience: 240,
};

/** Calls that take effect at the latest after the step at hand: silence is an answer too late. */
const CONTROLS = new Set<keyof TrainerApi>(['pause', 'proceed', 'step', 'stop']);

const died: Failure = {
  code: 'worker-died',
  message:
    'The trainer stopped unexpectedly. The last checkpoint, if one was written, is kept: go on from there.',
};

const notLoaded: Failure = {
  code: 'page-outdated',
  message:
    'The trainer could not be loaded: the connection is gone, or the page was updated since it was ' +
    'opened. Stored runs are kept. Reload the page, then go on.',
};

function silent(seconds: number): Failure {
  return {
    code: 'worker-silent',
    message:
      `The trainer has not answered for ${seconds} seconds. It may be busy with a long step; ` +
      'if nothing moves, start again from the last checkpoint.',
  };
}

const toError = ({ code, message, detail }: Failure): CodedError =>
  new CodedError(code, message, detail);

/** comlink hands on what the worker threw: a Failure as data; an Error is a bug and stays one. */
function rebuilt(reason: unknown): Error {
  return reason instanceof Error ? reason : toError(reason as Failure);
}

/** Rows of steps just done; the base policy's row of step 0 is none. */
const isStep = (event: TrainerEvent): boolean =>
  event.type === 'metrics' && !event.history && event.rows.some(({ step }) => step > 0);

/** What a fast run sends many of in one frame of the display; everything else is told at once. */
const FREQUENT = new Set<TrainerEvent['type']>([
  'phase',
  'progress',
  'metrics',
  'rollout',
  'reward-report',
]);

interface PendingCall {
  name: keyof TrainerApi;
  reject: (reason: Error) => void;
}

/** Starts a worker. `onEvent` receives its events, and a failure and state 'failed' if it dies. */
export function startTrainer(
  onEvent: (event: TrainerEvent) => void,
  options: Partial<ClientOptions> = {},
): TrainerClient {
  const { spawn, patience, firstPatience } = { ...defaults, ...options };
  const worker = spawn();
  const remote = comlink.wrap<TrainerApi>(worker);
  const pending = new Set<PendingCall>();
  let ended: Failure | null = null;
  let heard = false;
  let closed = false;
  let state: TrainerState = 'idle';
  let stepsSeen = 0;
  let quiet = 0;
  const over = new AbortController();

  const tell = perFrame<TrainerEvent>(
    (event) => {
      if (closed) return;
      try {
        onEvent(event);
      } catch (error) {
        reportError(error); // a bug of the page: thrown here it would go to the worker and vanish
      }
    },
    ({ type }) => !FREQUENT.has(type),
  );

  function rejectPending(failure: Failure, which: (call: PendingCall) => boolean): void {
    for (const call of pending) if (which(call)) call.reject(toError(failure));
  }

  function end(failure: Failure): void {
    ended = failure;
    over.abort();
    clearInterval(watch);
    worker.terminate();
    rejectPending(failure, () => true);
  }

  function die(detail: string): void {
    if (ended) return;
    const failure = { ...(heard ? died : notLoaded), detail };
    end(failure);
    tell({ type: 'failure', failure });
    tell({ type: 'state', state: 'failed' });
  }

  // Seconds are counted by ticks, not by the clock, so that a laptop's sleep is no silence.
  const watch = setInterval(() => {
    if (state !== 'running' && state !== 'loading' && pending.size === 0) return;
    quiet += 1;
    if (quiet !== (stepsSeen === 0 ? firstPatience : patience)) return;
    const failure = silent(quiet);
    tell({ type: 'failure', failure });
    rejectPending(failure, ({ name }) => CONTROLS.has(name));
  }, 1000);

  worker.addEventListener('error', (event) => die(event.message || 'the worker could not load'));
  worker.addEventListener('messageerror', () => die('a message could not be read'));

  function receive(event: TrainerEvent): void {
    if (ended) return;
    quiet = 0;
    heard = true;
    if (event.type === 'state') state = event.state;
    if (event.type === 'state' && state === 'loading') stepsSeen = 0;
    if (isStep(event)) stepsSeen += 1;
    tell(event);
  }

  function call<T>(name: keyof TrainerApi, ask: () => Promise<T>): Promise<T> {
    if (ended) return Promise.reject(toError(ended));
    quiet = 0;
    return new Promise<T>((resolve, reject) => {
      const entry = { name, reject };
      pending.add(entry);
      const asked = ask().finally(() => pending.delete(entry));
      asked.then(resolve, (reason: unknown) => reject(rebuilt(reason)));
    });
  }

  async function open(): Promise<void> {
    const life = await call('open', () => remote.open(comlink.proxy(receive)));
    if (life === null) return;
    await whenGone(life, over.signal);
    die('the worker ended without a word');
  }

  open().catch((error: unknown) => {
    if (!ended) die(String(error));
  });

  return {
    start: (config) => call('start', () => remote.start(config)),
    startPaused: (config) => call('startPaused', () => remote.startPaused(config)),
    resume: (runId, how) => call('resume', () => remote.resume(runId, how)),
    pause: () => call('pause', () => remote.pause()),
    proceed: () => call('proceed', () => remote.proceed()),
    fork: (runId, from, config) => call('fork', () => remote.fork(runId, from, config)),
    tell: (what) => call('tell', () => remote.tell(what)),
    step: (options) => call('step', () => remote.step(options)),
    stop: () => call('stop', () => remote.stop()),
    change: (values) => call('change', () => remote.change(values)),
    dryRun: (config, own) => call('dryRun', () => remote.dryRun(config, own)),
    measure: (config) => call('measure', () => remote.measure(config)),
    ask: (request) => call('ask', () => remote.ask(request)),
    checkReward: (program) => call('checkReward', () => remote.checkReward(program)),
    get ended() {
      return ended !== null;
    },
    close: () => {
      closed = true;
      end({ code: 'worker-closed', message: 'The trainer was closed.' });
    },
  };
}
