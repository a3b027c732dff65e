/**
 * One runner of a race: a trainer of its own, moved a step at a time, and what it has told. Each
 * advance ends when its trainer has come to rest. The order of steps is race.svelte.ts's.
 */
import type { RunConfig } from '../rft/configTable.ts';
import { LabState } from './labState.svelte.ts';
import type { TrainerEvent, TrainerState } from './protocol.ts';
import type { TrainerClient } from './trainerClient.ts';

/** Starts a trainer that tells `onEvent` everything. */
export type SpawnTrainer = (onEvent: (event: TrainerEvent) => void) => TrainerClient;

/** After these the trainer does nothing until it is told to; "idle" is one only after a run. */
const RESTS = new Set<TrainerState>(['paused', 'idle', 'failed']);

export class RaceLane {
  readonly config: RunConfig;
  readonly state = new LabState();
  readonly #client: TrainerClient;
  readonly #onEvent: (event: TrainerEvent) => void;
  #started = $state(false);
  #wasRunning = false;
  #atRest: () => void = () => undefined;
  #giveUp: (reason: Error) => void = () => undefined;

  /** No step is left, or none can be made. ('finished' is told after the trainer is at rest.) */
  readonly over = $derived(
    this.state.trainer === 'failed' || (this.#started && this.state.trainer === 'idle'),
  );

  /** The trainer gives no sign of life: it is busy, or it hangs. */
  readonly silent = $derived(this.state.failure?.code === 'worker-silent');

  constructor(config: RunConfig, spawn: SpawnTrainer, onEvent: (event: TrainerEvent) => void) {
    this.config = config;
    this.#onEvent = onEvent;
    this.state.begin(config);
    this.#client = spawn((event) => this.#receive(event));
  }

  /** One step; the first one starts the run and measures the base policy. */
  async advance(): Promise<void> {
    this.state.failure = null; // it was seen when the race went on
    await this.#untilRest(() =>
      this.#started ? this.#client.step({ save: false }) : this.#client.startPaused(this.config),
    );
  }

  /** Ends the run where it is, with a checkpoint. */
  async stop(): Promise<void> {
    if (this.state.trainer === 'paused') await this.#untilRest(() => this.#client.stop());
  }

  /** Waits no longer for a trainer that is silent: the step at hand fails with the reason. */
  abandon(): void {
    this.#giveUp(new Error(this.state.failure?.message));
    this.state.trainer = 'failed';
    this.close();
  }

  /** Gives the worker back; what the run has told stays. */
  close(): void {
    this.#client.close();
  }

  async #untilRest(command: () => Promise<unknown>): Promise<void> {
    const rest = new Promise<void>((resolve) => (this.#atRest = resolve));
    const left = new Promise<never>((_, reject) => (this.#giveUp = reject));
    const work = async (): Promise<void> => {
      await command();
      this.#started = true;
      await rest; // events and answers come on channels of their own
    };
    await Promise.race([work(), left]);
  }

  #receive(event: TrainerEvent): void {
    this.state.receive(event);
    this.#onEvent(event);
    if (event.type !== 'state') return;
    const { state } = event;
    if (RESTS.has(state) && (this.#wasRunning || state === 'failed')) this.#atRest();
    this.#wasRunning = state === 'running';
  }
}
