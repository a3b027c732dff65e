/**
 * One program in one fresh QuickJS context: loading it and calling it, every end as data. What to
 * do after an end is sandbox.ts's business. The host reads numbers and text that the prelude
 * made, and never an object of the user's.
 */
import {
  codeError,
  codeLimits,
  type CodeError,
  type CodeProgram,
} from '../../src/graders/codeReward.ts';
import {
  call,
  evaluate,
  newRealm,
  type Handle,
  type Instance,
  type Realm,
  type Result,
} from './quickjs.ts';
import { stopWords, type Meter } from './meter.ts';
import {
  crashError,
  loadError,
  memoryError,
  ranOutOfMemory,
  scoredNumber,
  scoredReport,
  sourceName,
  type Scored,
  type Told,
} from './outcome.ts';
import prelude from './prelude.js?raw';

/** `broken`: the whole instance is to be thrown away; `memory`: better not trusted either. */
export type End = 'done' | 'stopped' | 'memory' | 'broken';

export interface Ended {
  end: End;
  scored: Scored;
  /** What console wrote, where that can still be known. */
  told: Told | null;
}

export interface LoadFailure {
  end: End;
  error: CodeError;
}

const seek = `typeof reward === 'function' ? reward : null`;
const noFunction =
  'There is no function named reward. Write: function reward({ completion }) { return 1; }';

/** What engines throw when WebAssembly overflows their stack or aborts: by name, one each. */
const crashes = ['RangeError', 'InternalError', 'RuntimeError'];
const isCrash = (error: unknown): boolean => error instanceof Error && crashes.includes(error.name);

const failed = (end: End, error: CodeError): Ended => ({ end, scored: { error }, told: null });

export class ProgramRealm {
  readonly #instance: Instance;
  readonly #program: CodeProgram;
  readonly #meter: Meter;
  readonly #realm: Realm;
  readonly #handles: Handle[] = [];
  #call: Handle | null = null;
  #tell: Handle | null = null;

  constructor(instance: Instance, program: CodeProgram, meter: Meter) {
    this.#instance = instance;
    this.#program = program;
    this.#meter = meter;
    this.#realm = newRealm(instance, meter.poll);
  }

  /** Evaluates the program; null when it is ready to be called. */
  load(): LoadFailure | null {
    this.#meter.startCall(codeLimits.fuelPerCall);
    try {
      return this.#load();
    } catch (error) {
      if (isCrash(error)) return { end: 'broken', error: crashError };
      throw error;
    }
  }

  call(input: string, fuel: number): Ended {
    this.#meter.startCall(fuel);
    try {
      return this.#score(input);
    } catch (error) {
      if (isCrash(error)) return failed('broken', crashError);
      throw error;
    }
  }

  /** Frees the context; false when that failed and the instance is not to be used again. */
  close(): boolean {
    try {
      for (const handle of this.#handles) handle.dispose();
      this.#realm.context.dispose();
      this.#realm.runtime.dispose();
      return true;
    } catch (error) {
      if (isCrash(error)) return false;
      throw error;
    }
  }

  #keep(handle: Handle): Handle {
    this.#handles.push(handle);
    return handle;
  }

  #load(): LoadFailure | null {
    const { source } = this.#program;
    const { context } = this.#realm;
    const door = this.#keep(own(evaluate(this.#realm, prelude, 'prelude.js')));
    const use = this.#keep(context.getProp(door, 'use'));
    this.#call = this.#keep(context.getProp(door, 'call'));
    this.#tell = this.#keep(context.getProp(door, 'tell'));

    const ran = evaluate(this.#realm, source, sourceName);
    this.#keep(handleOf(ran));
    if (this.#meter.whyStopped()) return this.#stoppedLoad();
    if ('error' in ran) return this.#explain(ran.error);
    const found = evaluate(this.#realm, seek, 'seek.js');
    const reward = this.#keep(handleOf(found));
    if (this.#meter.whyStopped()) return this.#stoppedLoad();
    if ('error' in found || context.sameValue(reward, context.null)) {
      return { end: 'done', error: codeError('syntax', noFunction) };
    }
    this.#keep(own(call(this.#realm, use, reward)));
    return null;
  }

  #stoppedLoad(): LoadFailure {
    const words = stopWords[this.#meter.whyStopped() ?? 'call-fuel'];
    return { end: 'stopped', error: codeError('timeout', words) };
  }

  /** Why the program could not be evaluated. */
  #explain(thrown: Handle): LoadFailure {
    const told = this.#ask(thrown);
    if (this.#meter.whyStopped()) return this.#stoppedLoad();
    if (!told || ranOutOfMemory(told, this.#instance.isFull())) {
      return { end: 'memory', error: memoryError };
    }
    const { source } = this.#program;
    const compiled = evaluate(this.#realm, source, sourceName, true);
    this.#keep(handleOf(compiled));
    return { end: 'done', error: loadError(told, source, 'error' in compiled) };
  }

  #score(input: string): Ended {
    if (!this.#call) throw new Error('internal: the program is not loaded');
    const { context } = this.#realm;
    const text = context.newString(input);
    const result = call(this.#realm, this.#call, text);
    text.dispose();
    const number = 'value' in result ? context.getNumber(result.value) : NaN;
    handleOf(result).dispose();
    // A stop inside an async function becomes a rejected promise, and the call returns.
    if (this.#meter.whyStopped()) return this.#stoppedCall();
    if ('error' in result) return failed('memory', memoryError); // the prelude catches all else
    if (!Number.isNaN(number)) {
      return { end: 'done', scored: scoredNumber(number, this.#program), told: null };
    }
    const told = this.#ask();
    if (this.#meter.whyStopped()) return this.#stoppedCall();
    if (!told || ranOutOfMemory(told, this.#instance.isFull())) {
      return { ...failed('memory', memoryError), told };
    }
    return { end: 'done', scored: scoredReport(told, this.#program), told };
  }

  #stoppedCall(): Ended {
    const words = stopWords[this.#meter.whyStopped() ?? 'call-fuel'];
    return failed('stopped', codeError('timeout', words));
  }

  /** What the prelude tells of the last call, or of `thrown`; null when even that needs memory. */
  #ask(thrown?: Handle): Told | null {
    if (!this.#tell) throw new Error('internal: the program is not loaded');
    const result = call(this.#realm, this.#tell, ...(thrown ? [thrown] : []));
    const handle = handleOf(result);
    const text = 'value' in result ? this.#realm.context.getString(handle) : null;
    handle.dispose();
    return text === null ? null : (JSON.parse(text) as Told);
  }
}

const handleOf = (result: Result): Handle => ('value' in result ? result.value : result.error);

function own(result: Result): Handle {
  if ('value' in result) return result.value;
  throw new Error('internal: the prelude failed');
}
