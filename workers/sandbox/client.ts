/**
 * The owner's end of the reward worker, for the page and for the trainer's worker alike. It starts
 * the worker when the first program comes, and ends it when user code has sat in native code for
 * too long, which the sandbox cannot interrupt. What was under way is then done again one call
 * at a time by a new worker, so that only the culprit scores null.
 *
 * These guards depend on the clock, so a run with such calls may not repeat exactly: which calls are
 * ended for their silence, and, in a batch with one, which are still tried within `msOneByOne`. No
 * other batch depends on them. A worker that dies or cannot load is one failure with a code; the
 * next call starts another.
 */
import * as comlink from 'comlink';
import { CodedError } from '../../models/errors.ts';
import {
  codeError,
  codeLimits,
  type CodeBatchResult,
  type CodeError,
  type CodeInput,
  type CodeProgram,
  type RewardRunner,
} from '../../src/graders/codeReward.ts';
import { LogBook } from './logs.ts';
import { rewardBeat, type RewardWorkerApi } from './protocol.ts';

export interface RewardClientOptions {
  spawn: () => Worker;
  /** Milliseconds without a sign of life before the worker is ended. */
  msSilent: number;
  /** The same while QuickJS is being loaded. */
  msLoading: number;
  /** From the first silence of a batch: calls that have not begun by then are not tried. */
  msOneByOne: number;
}

const defaults: RewardClientOptions = {
  spawn: () => new Worker(new URL('../reward.worker.ts', import.meta.url), { type: 'module' }),
  msSilent: codeLimits.msSilent,
  msLoading: 60_000,
  msOneByOne: codeLimits.msPerBatch,
};

const died = (detail: string): CodedError =>
  new CodedError(
    'reward-worker-died',
    'The worker that runs the code reward stopped or could not be loaded. Try again.',
    detail,
  );
const closed = (): CodedError => new CodedError('reward-worker-closed', 'No more is asked of it.');

const silence = codeError(
  'timeout',
  `The call was stopped: one operation in it took more than ${codeLimits.msSilent / 1000} seconds.`,
);
const givenUp = codeError(
  'timeout',
  `Not tried: ${codeLimits.killsPerBatch} calls of this batch had to be stopped by force.`,
);

const lateFor = (ms: number): CodeError =>
  codeError(
    'timeout',
    `Not tried: a call of this batch had to be stopped by force, and the others had used up the ` +
      `${ms / 1000} seconds left for them.`,
  );

/** Ticks in which silence is counted: a busy or sleeping owner sees few, and so is not hasty. */
const TICKS = 10;

/** The worker was ended for its silence. */
class Silent extends Error {}

/** One worker from its start to its end. */
class Hosted {
  readonly #worker: Worker;
  readonly #api: comlink.Remote<RewardWorkerApi>;
  readonly #ended: Promise<never>;
  #end!: (reason: Error) => void;
  #quiet = 0;
  over = false;

  constructor(spawn: () => Worker) {
    this.#worker = spawn();
    this.#api = comlink.wrap<RewardWorkerApi>(this.#worker);
    this.#ended = new Promise((_, reject) => {
      this.#end = reject;
    });
    this.#ended.catch(() => undefined); // told to whoever waits
    this.#worker.addEventListener('error', (event) => this.end(died(event.message)));
    this.#worker.addEventListener('messageerror', () => this.end(died('messageerror')));
    this.#worker.addEventListener('message', ({ data }) => {
      if (data === rewardBeat) this.#quiet = 0;
    });
  }

  /** Asks and waits, for no longer than `patience` milliseconds of silence. */
  async ask<T>(
    question: (api: comlink.Remote<RewardWorkerApi>) => Promise<T>,
    patience: number,
  ): Promise<T> {
    this.#quiet = 0;
    const watch = setInterval(() => {
      this.#quiet += 1;
      if (this.#quiet > TICKS) this.end(new Silent());
    }, patience / TICKS);
    try {
      return await Promise.race([question(this.#api), this.#ended]);
    } finally {
      clearInterval(watch);
    }
  }

  end(reason: Error): void {
    this.over = true;
    this.#worker.terminate();
    this.#end(reason);
  }
}

class RewardClient implements RewardRunner {
  readonly #options: RewardClientOptions;
  #hosted: Hosted | null = null;
  #closed = false;
  /** One question at a time: an end for silence must hit only what caused it. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(options: RewardClientOptions) {
    this.#options = options;
  }

  check(program: CodeProgram): Promise<CodeError | null> {
    return this.#inTurn(() => this.#orSilent((api) => api.check(program)).then(orTimeout));
  }

  run(program: CodeProgram, inputs: readonly CodeInput[]): Promise<CodeBatchResult> {
    return this.#inTurn(async () => {
      const whole = await this.#orSilent((api) => api.run(program, inputs));
      return whole === 'silent' ? this.#oneByOne(program, inputs) : whole;
    });
  }

  close(): void {
    this.#closed = true;
    this.#hosted?.end(closed());
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(work);
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  /**
   * The batch again, each call by itself, which has the fuel and time of a whole batch each time:
   * so the clock says when it is enough of them.
   */
  async #oneByOne(program: CodeProgram, inputs: readonly CodeInput[]): Promise<CodeBatchResult> {
    const all: CodeBatchResult = { scores: [], errors: [], logs: [] };
    const logs = new LogBook();
    const { msOneByOne } = this.#options;
    const deadline = performance.now() + msOneByOne;
    let kills = 0;
    const refused = (): CodeError | null => {
      if (kills >= codeLimits.killsPerBatch) return givenUp;
      return performance.now() < deadline ? null : lateFor(msOneByOne);
    };
    for (const [index, input] of inputs.entries()) {
      const why = refused();
      const part = why ? failed(why) : await this.#orSilent((api) => api.run(program, [input]));
      if (part === 'silent') kills += 1;
      const { scores, errors, logs: lines } = part === 'silent' ? failed(silence) : part;
      all.scores.push(...scores);
      all.errors.push(...errors.map(({ error }) => ({ index, error })));
      logs.add({ lines, written: lines.length });
    }
    return { ...all, logs: logs.lines() };
  }

  /** Asks a live worker; 'silent' when it had to be ended. */
  async #orSilent<T>(
    question: (api: comlink.Remote<RewardWorkerApi>) => Promise<T>,
  ): Promise<T | 'silent'> {
    const hosted = await this.#live();
    try {
      return await hosted.ask(question, this.#options.msSilent);
    } catch (error) {
      if (error instanceof Silent) return 'silent';
      throw error;
    }
  }

  async #live(): Promise<Hosted> {
    if (this.#closed) throw closed();
    if (this.#hosted && !this.#hosted.over) return this.#hosted;
    const hosted = new Hosted(this.#options.spawn);
    this.#hosted = hosted;
    try {
      await hosted.ask((api) => api.ready(), this.#options.msLoading);
      return hosted;
    } catch (error) {
      const reason = asDeath(error);
      hosted.end(reason);
      throw reason;
    }
  }
}

const failed = (error: CodeError): CodeBatchResult => ({
  scores: [null],
  errors: [{ index: 0, error }],
  logs: [],
});

const orTimeout = (answer: CodeError | null | 'silent'): CodeError | null =>
  answer === 'silent' ? silence : answer;

const asDeath = (error: unknown): CodedError =>
  error instanceof CodedError ? error : died(error instanceof Silent ? 'silent' : String(error));

export function createRewardClient(options: Partial<RewardClientOptions> = {}): RewardRunner {
  return new RewardClient({ ...defaults, ...options });
}
