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

  /** No step is left, or none can be made. ('finished' is told after the trainer is at rest.) */
  readonly over = $derived(
    this.state.trainer === 'failed' || (this.#started && this.state.trainer === 'idle'),
  );

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

  /** Gives the worker back; what the run has told stays. */
  close(): void {
    this.#client.close();
  }

  async #untilRest(command: () => Promise<unknown>): Promise<void> {
    const rest = new Promise<void>((resolve) => (this.#atRest = resolve));
    await command();
    this.#started = true;
    await rest; // events and answers come on channels of their own
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
