/**
 * How much work user code may do. Fuel is counted by the engine's polls and decides, the same on
 * every device; the clock is the last guard. It also tells, now and then, that work goes on.
 */
import { codeLimits } from '../../src/graders/codeReward.ts';

/** Milliseconds between signs of life. */
const BEAT = 250;

export type Stop = 'call-fuel' | 'batch-fuel' | 'call-time' | 'batch-time';

/** Why a call scored nothing, for its user. */
export const stopWords: Record<Stop, string> = {
  'call-fuel': 'The call was stopped: it did more work than one call may do.',
  'batch-fuel': 'Not tried: earlier calls used up the work that a batch of calls may do.',
  'call-time': `The call was stopped after ${codeLimits.msPerCall / 1000} seconds.`,
  'batch-time': `Not tried: the batch took more than ${codeLimits.msPerBatch / 1000} seconds.`,
};

export class Meter {
  readonly #beat: () => void;
  readonly #now: () => number;
  #limit = 0;
  #call = 0;
  #batch = 0;
  #callEnd = 0;
  #batchEnd = 0;
  #nextBeat = 0;
  #stopped: Stop | null = null;

  constructor(beat: () => void, now: () => number = () => performance.now()) {
    this.#beat = beat;
    this.#now = now;
  }

  startBatch(): void {
    this.#batch = 0;
    this.#batchEnd = this.#now() + codeLimits.msPerBatch;
    this.#nextBeat = 0;
  }

  /** Before each call; `fuel` polls are allowed in it. */
  startCall(fuel: number): void {
    this.#limit = fuel;
    this.#call = 0;
    this.#stopped = null;
    this.#callEnd = this.#look() + codeLimits.msPerCall;
  }

  /** Why what ran was stopped, if it was: it may have returned all the same. */
  whyStopped(): Stop | null {
    return this.#stopped;
  }

  charge(fuel: number): void {
    this.#batch += fuel;
  }

  /** What there is nothing left of for further calls. */
  get spent(): Stop | null {
    if (this.#batch >= codeLimits.fuelPerBatch) return 'batch-fuel';
    return this.#now() > this.#batchEnd ? 'batch-time' : null;
  }

  /** The engine's poll; true stops what runs. */
  readonly poll = (): boolean => {
    this.#call += 1;
    this.#batch += 1;
    const now = this.#look();
    if (this.#call > this.#limit) this.#stopped ??= 'call-fuel';
    else if (now > this.#callEnd) this.#stopped ??= 'call-time';
    return this.#stopped !== null;
  };

  #look(): number {
    const now = this.#now();
    if (now >= this.#nextBeat) {
      this.#nextBeat = now + BEAT;
      this.#beat();
    }
    return now;
  }
}
