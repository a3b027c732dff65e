/**
 * Reward code checked while it is typed: the sandbox is asked once the typing has paused, and an
 * answer about an older text is dropped. It knows only what the sandbox says; it runs nothing.
 * A check that itself fails is told apart from an error of the code.
 */
import { codeLimits, type CodeError, type CodeProgram } from '../graders/codeReward.ts';

export type Check = (program: CodeProgram) => Promise<CodeError | null>;

/** Milliseconds without a keystroke before the sandbox is asked. */
const PAUSE = 400;

export class CodeCheck {
  readonly #check: Check;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The check of the newest text; null while it waits for a pause. */
  #running: Promise<void> | null = Promise.resolve();
  #source = '';
  /** What is wrong with the newest text that was checked. */
  error = $state.raw<CodeError | null>(null);
  /** Why the newest text could not be checked. */
  failure = $state<string | null>(null);
  /** True while the newest text has no verdict. */
  pending = $state(false);

  constructor(check: Check) {
    this.#check = check;
  }

  /** Takes a new text; asks at once when `now`. Too long a text is the parser's to refuse. */
  take(source: string, now = false): void {
    this.stop();
    this.#source = source;
    this.pending = source.length <= codeLimits.sourceLength;
    this.#running = null;
    if (!this.pending) this.#settle(source, null, null);
    else if (now) this.#start();
    else this.#timer = setTimeout(() => this.#start(), PAUSE);
  }

  /** Resolves when the newest text has its verdict, waiting for no pause. */
  async settled(): Promise<void> {
    if (!this.pending) return;
    if (this.#running === null) {
      this.stop();
      this.#start();
    }
    await this.#running;
    await this.settled();
  }

  /** Asks no more. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  #start(): void {
    const source = this.#source;
    // Only the text is compiled; name and range are the form's to check.
    this.#running = this.#check({ name: 'reward', source, range: [0, 1] }).then(
      (error) => this.#settle(source, error, null),
      (reason: unknown) =>
        this.#settle(source, null, reason instanceof Error ? reason.message : String(reason)),
    );
  }

  #settle(source: string, error: CodeError | null, failure: string | null): void {
    if (source !== this.#source) return;
    this.error = error;
    this.failure = failure;
    this.pending = false;
  }
}

/** "Line 3: unexpected token ')'": an error in one line. */
export const errorText = ({ line, message }: CodeError): string =>
  line === null ? message : `Line ${line}: ${message}`;
