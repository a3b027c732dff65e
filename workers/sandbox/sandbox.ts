/**
 * Runs reward functions written by strangers, in QuickJS inside WebAssembly, where they find
 * nothing of ours: no function of the host goes in, and only numbers and text come out.
 *
 * A batch runs in one fresh context, so global variables of the program last for a batch at most.
 * A call that runs out of fuel or memory is tried once more, alone in a fresh context, and only
 * that decides: whether a pure function's call is stopped never depends on the calls before it,
 * until the whole batch has used up its fuel. Calls after it go on in another fresh context.
 *
 * Native code between two polls (a huge string searched badly) cannot be stopped from in here;
 * client.ts ends the worker then.
 */
import {
  codeError,
  codeLimits,
  type CodeBatchResult,
  type CodeError,
  type CodeInput,
  type CodeProgram,
} from '../../src/graders/codeReward.ts';
import { newInstance, type Instance } from './quickjs.ts';
import { LogBook } from './logs.ts';
import { Meter, stopWords } from './meter.ts';
import { ProgramRealm, type End, type Ended, type LoadFailure } from './realm.ts';

export interface RewardSandbox {
  /** Null when the program is fit to run. */
  compile(program: CodeProgram): Promise<CodeError | null>;
  run(program: CodeProgram, inputs: readonly CodeInput[]): Promise<CodeBatchResult>;
}

/**
 * `wasm` is the compiled emscripten-module.wasm of the QuickJS package; `beat` is called a few
 * times a second while user code runs.
 */
export async function createSandbox(
  wasm: WebAssembly.Module,
  beat: () => void = () => undefined,
): Promise<RewardSandbox> {
  const sandbox = new Sandbox(wasm, beat);
  await sandbox.start();
  return sandbox;
}

const longSource = (length: number): string =>
  `The code is ${length} characters long; ${codeLimits.sourceLength} is the most.`;

class Sandbox implements RewardSandbox {
  readonly #wasm: WebAssembly.Module;
  readonly #meter: Meter;
  #instance: Instance | null = null;
  /** The context that the batch goes on in; null before it is needed. */
  #realm: ProgramRealm | null = null;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(wasm: WebAssembly.Module, beat: () => void) {
    this.#wasm = wasm;
    this.#meter = new Meter(beat);
  }

  async start(): Promise<Instance> {
    return (this.#instance ??= await newInstance(this.#wasm, codeLimits.memoryBytes));
  }

  compile(program: CodeProgram): Promise<CodeError | null> {
    return this.#inTurn(async () => (await this.#ready(program))?.error ?? null);
  }

  run(program: CodeProgram, inputs: readonly CodeInput[]): Promise<CodeBatchResult> {
    return this.#inTurn(() => this.#batch(program, inputs));
  }

  /** One batch after the other: they share the context and the meter. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(async () => {
      this.#meter.startBatch();
      try {
        return await work();
      } finally {
        this.#endBatch();
      }
    });
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  async #batch(program: CodeProgram, inputs: readonly CodeInput[]): Promise<CodeBatchResult> {
    const logs = new LogBook();
    const scores: CodeBatchResult['scores'] = [];
    const errors: CodeBatchResult['errors'] = [];
    let failure: LoadFailure | null = null;
    for (const [index, input] of inputs.entries()) {
      failure ??= this.#spent() ?? (this.#realm ? null : await this.#ready(program));
      const { scored, told } = failure
        ? { scored: failure, told: null }
        : await this.#one(program, JSON.stringify(input));
      logs.add(told);
      scores.push('score' in scored ? scored.score : null);
      if ('error' in scored) errors.push({ index, error: scored.error });
    }
    return { scores, errors, logs: logs.lines() };
  }

  /** Scores one input in the batch's context, which is there. */
  async #one(program: CodeProgram, input: string): Promise<Ended> {
    // One poll less than alone, because the count may begin in the middle of an interval.
    const first = this.#realm!.call(input, codeLimits.fuelPerCall - 1);
    if (first.end === 'done') {
      if (this.#instance!.isFull()) this.#drop('memory');
      return first;
    }
    this.#drop(first.end);
    if (this.#meter.whyStopped() === 'call-time') return first; // twice would not be any fairer
    this.#meter.charge(codeLimits.fuelPerRestart);
    const failure = await this.#ready(program);
    if (failure) return { end: failure.end, scored: failure, told: null };
    const alone = this.#realm!.call(input, codeLimits.fuelPerCall);
    this.#drop(alone.end);
    return alone;
  }

  #spent(): LoadFailure | null {
    const { spent } = this.#meter;
    return spent && { end: 'stopped', error: codeError('timeout', stopWords[spent]) };
  }

  /** Makes a fresh context with the program in it; or says why not, for all that is left. */
  async #ready(program: CodeProgram): Promise<LoadFailure | null> {
    const { length } = program.source;
    if (length > codeLimits.sourceLength) {
      return { end: 'done', error: codeError('syntax', longSource(length)) };
    }
    this.#realm = new ProgramRealm(await this.start(), program, this.#meter);
    const failure = this.#realm.load();
    if (failure) this.#drop(failure.end);
    return failure;
  }

  /** Leaves the context, and the instance too where its memory may have suffered. */
  #drop(end: End): void {
    const closed = end === 'broken' || !this.#realm || this.#realm.close();
    this.#realm = null;
    if (!closed || end === 'broken' || end === 'memory') this.#instance = null;
  }

  /** Every batch begins with memory as it was at first, so that the same calls do the same. */
  #endBatch(): void {
    this.#drop('done');
    if (this.#instance?.isGrown()) this.#instance = null;
  }
}
