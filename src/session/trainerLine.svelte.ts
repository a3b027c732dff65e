/**
 * The Lab's line to its trainer: a worker is started when one is first needed, and again after the
 * last one died or was closed. A command that fails becomes `state.failure`; no promise is left
 * without an owner.
 */
import type { LabState } from './labState.svelte.ts';
import type { Failure, Told, TrainerEvent } from './protocol.ts';
import { startTrainer, type TrainerClient } from './trainerClient.ts';

export type Command = (trainer: TrainerClient) => Promise<unknown>;

/** Whatever was thrown, as the data that the page shows. */
export function asFailure(error: unknown): Failure {
  if (typeof error === 'object' && error !== null && 'code' in error && 'message' in error) {
    return error as Failure;
  }
  const detail = error instanceof Error ? error.message : String(error);
  return { code: 'internal', message: 'The page hit a bug.', detail };
}

export class TrainerLine {
  /** What is told of steps beyond the usual. */
  told = $state.raw<Told>({ alternatives: false, credit: false });
  readonly #state: LabState;
  readonly #receive: (event: TrainerEvent) => void;
  #client: TrainerClient | null = null;

  constructor(state: LabState, receive: (event: TrainerEvent) => void) {
    this.#state = state;
    this.#receive = receive;
  }

  get trainer(): TrainerClient {
    if (this.#client?.ended) this.#client = null; // it died: only a fresh one answers
    if (this.#client) return this.#client;
    this.#client = startTrainer(this.#receive);
    if (Object.values(this.told).some(Boolean)) this.send((trainer) => trainer.tell(this.told));
    return this.#client;
  }

  send(command: Command): void {
    const client = this.trainer;
    command(client).catch((error: unknown) => {
      this.#state.pausing = false;
      this.#state.stopping = false;
      // A closed worker answers no more, and a button pressed as the state changed came too late.
      if (client !== this.#client || asFailure(error).code === 'wrong-state') return;
      if (this.#state.failure !== null) return; // told already, by the event
      this.#state.failure = asFailure(error);
      this.#state.trainer = 'failed';
    });
  }

  /** From the next step on. */
  tell(what: Told): void {
    this.told = what;
    if (this.#client) this.send((trainer) => trainer.tell(what));
  }

  /** Ends the worker; the next command starts another. */
  close(): void {
    this.#client?.close();
    this.#client = null;
    this.#state.receive({ type: 'state', state: 'idle' });
  }
}
