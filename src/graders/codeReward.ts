/**
 * What a reward written as code is: the plain types that page, trainer and sandbox share, its
 * limits, and the words for its mistakes. It runs nothing; workers/sandbox/ does.
 *
 * A call that goes wrong scores null, which the advantage leaves out, and never 0, which would
 * teach the policy something. Which call goes wrong is decided by counting the work it does
 * (`fuel`), so that a run can be repeated; the clock is only the last guard.
 */

export type Json =
  null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** What `reward` is given for one completion. */
export interface CodeInput {
  prompt: string;
  completion: string;
  /** The two parts of the completion, as the task divides it. */
  thinking: string;
  answer: string;
  /** The task's example, or the user's own row: a frozen copy, made afresh for each call. */
  example: Json;
  /** The training step, from 1. */
  step: number;
}

export interface CodeProgram {
  name: string;
  /** A script that defines `reward`. */
  source: string;
  /** Scores outside are mistakes, not clipped. */
  range: readonly [min: number, max: number];
}

/** One line each for users; what exactly went wrong is in the error's own message. */
export const codeErrorMeanings = {
  syntax: 'The code could not be read as a script that defines a function named reward.',
  thrown: 'The code threw an error that it did not catch.',
  'not-a-number': 'reward returned something other than a number or null.',
  nan: 'reward returned NaN or an infinite number.',
  range: 'reward returned a number outside the range set for it.',
  timeout: 'The call did more work than a call may do, most likely in an endless loop.',
  memory: 'The call needed more memory than there is for it.',
} as const;

export type CodeErrorKind = keyof typeof codeErrorMeanings;

export interface CodeError {
  kind: CodeErrorKind;
  message: string;
  /** In the user's source, from 1, in UTF-16 units as editors count; null where unknown. */
  line: number | null;
  column: number | null;
}

export interface CodeBatchResult {
  /** One per input, in order; null: `reward` had nothing to say, or an error is listed. */
  scores: (number | null)[];
  errors: { index: number; error: CodeError }[];
  /** What console.log and its like wrote; the last line says how many lines were cut. */
  logs: string[];
}

/** Whoever runs code rewards: the page or trainer by a worker, Node in its own thread. */
export interface RewardRunner {
  /** Null when the program is fit to run. */
  check(program: CodeProgram): Promise<CodeError | null>;
  run(program: CodeProgram, inputs: readonly CodeInput[]): Promise<CodeBatchResult>;
  /** Nothing may be asked afterwards. */
  close(): void;
}

/**
 * Fuel is counted in QuickJS's interrupt polls: one for 10,000 jumps back, calls or steps of a
 * regular expression, from 0.04 ms (an empty loop) to about 0.6 ms here. The clock's limits are set far beyond what fuel allows
 * on a slow phone, because what they stop depends on the device.
 */
export const codeLimits = {
  sourceLength: 20_000,
  /** All memory of the engine, itself included (about 6 MiB). */
  memoryBytes: 32 * 1024 * 1024,
  fuelPerCall: 500,
  /** After this the rest of the batch is not tried. */
  fuelPerBatch: 10_000,
  /** Charged for starting afresh after a call that was stopped. */
  fuelPerRestart: 25,
  msPerCall: 5_000,
  msPerBatch: 60_000,
  /** The worker is ended after this long without a sign of life: only native code is so silent. */
  msSilent: 3_000,
  /** So many ends of the worker, and the rest of the batch is not tried. */
  killsPerBatch: 3,
  /** In a batch; prelude.js cuts lines and messages at 500 characters, calls at 50 lines. */
  logLines: 200,
} as const;

/** An error that is about no place in the source. */
export const codeError = (kind: CodeErrorKind, message: string): CodeError => ({
  kind,
  message,
  line: null,
  column: null,
});
