/**
 * The device that a trainer works on: started when first needed, kept while the same is wanted, and
 * not used again after it made trouble. It knows nothing of runs.
 */
import type { BackendChoice } from '../models/backend.ts';
import type { CodedError } from '../models/errors.ts';
import type { RunConfig } from '../src/rft/configTable.ts';

/** `loaded` and `total` in bytes; total 0 when unknown. */
export type ProgressListener = (what: string, loaded: number, total: number) => void;

export interface DeviceHost {
  /** Starts the backend that is wanted, anew where one was started before. */
  startBackend(
    device: RunConfig['device'],
    onTrouble: (error: CodedError) => void,
    onProgress: ProgressListener,
  ): Promise<BackendChoice>;
  /** A turn of the event loop: lets messages and GPU errors in between two pieces of work. */
  breathe(): Promise<void>;
}

export class TrainerDevice {
  readonly #host: DeviceHost;
  readonly #onTrouble: (error: CodedError) => void;
  #wanted: RunConfig['device'] = 'auto';
  #backend: BackendChoice | null = null;
  #trouble: CodedError | null = null;

  /** `onTrouble` is told as it comes; the work at hand meets it in `checkTrouble`. */
  constructor(host: DeviceHost, onTrouble: (error: CodedError) => void) {
    this.#host = host;
    this.#onTrouble = onTrouble;
  }

  /** What was last asked for. */
  get wanted(): RunConfig['device'] {
    return this.#wanted;
  }

  /** @param inUse a run's tensors are on the device: it stays, whatever is wanted. */
  async start(
    wanted: RunConfig['device'],
    inUse: boolean,
    onProgress: ProgressListener,
  ): Promise<BackendChoice> {
    if (this.#backend && (inUse || this.#wanted === wanted)) return this.#backend;
    this.#backend = null;
    this.#wanted = wanted;
    const choice = await this.#host.startBackend(
      wanted,
      (error) => {
        if (this.#wanted !== wanted) return; // nobody uses that device any more
        this.#trouble ??= error;
        this.#onTrouble(error);
      },
      onProgress,
    );
    this.#backend = choice;
    return choice;
  }

  /** Lets late errors in, and throws if there was one: the numbers since are void. */
  async checkTrouble(): Promise<void> {
    await this.#host.breathe();
    if (this.#trouble) throw this.#trouble;
  }

  /** A lost GPU shows first as some other error of the work that it broke. */
  async causeOf(error: unknown): Promise<unknown> {
    await this.#host.breathe();
    return this.#trouble ?? error;
  }

  /** A device that made trouble is not used again. */
  leaveTrouble(): void {
    if (this.#trouble) this.#backend = null;
    this.#trouble = null;
  }
}
