/**
 * A run that another tab of this browser runs, watched here: its events come over the run's channel
 * and go where the trainer's own would. It cannot steer, and it notices when the other tab lets go
 * of the run, however it ended.
 */
import { channelOf, whenFree } from '../storage/runTabs.ts';
import type { LiveMessage, RunInfo, StepMetrics, TrainerEvent, TrainerState } from './protocol.ts';

/** Milliseconds between two calls to a tab that has not answered yet. */
const CALL_AGAIN = 1000;

const AT_REST = new Set<TrainerState>(['idle', 'failed']);

export class OtherTab {
  readonly #tell: (event: TrainerEvent) => void;
  readonly #readRows: (runId: string) => Promise<readonly StepMetrics[]>;
  /** The run that is watched; null: none. */
  run = $state.raw<RunInfo | null>(null);
  /** The other tab has answered; a sleeping one does not. */
  heard = $state(false);
  /** No tab runs it any more. */
  over = $state(false);
  readonly watching = $derived(this.run !== null && !this.over);
  #stop: AbortController | null = null;

  /** `tell` receives the run's events; `readRows` gives what is stored of it. */
  constructor(
    tell: (event: TrainerEvent) => void,
    readRows: (runId: string) => Promise<readonly StepMetrics[]>,
  ) {
    this.#tell = tell;
    this.#readRows = readRows;
  }

  begin(run: RunInfo): void {
    this.end();
    const stop = new AbortController();
    const channel = channelOf(run.id);
    const call = (): void => {
      if (!this.heard) channel.postMessage({ type: 'watch' } satisfies LiveMessage);
    };
    this.#stop = stop;
    this.run = run;
    this.heard = false;
    this.over = false;
    channel.onmessage = ({ data }: MessageEvent<LiveMessage>) => {
      if (data.type === 'event') this.#receive(data.event, run.id, stop.signal);
    };
    call();
    const timer = setInterval(call, CALL_AGAIN);
    stop.signal.addEventListener('abort', () => {
      clearInterval(timer);
      channel.close();
    });
    void this.#showStored(run.id, stop.signal);
    this.#awaitEnd(run.id, stop.signal);
  }

  /** Watches no more; what was shown stays until something else is. */
  end(): void {
    this.#stop?.abort();
    this.#stop = null;
    this.run = null;
    this.over = false;
  }

  #receive(event: TrainerEvent, runId: string, signal: AbortSignal): void {
    this.heard = true;
    this.#tell(event);
    if (event.type === 'run') this.run = event.run;
    if (event.type !== 'state') return;
    const wasOver = this.over;
    this.over = AT_REST.has(event.state);
    if (wasOver && !this.over) this.#awaitEnd(runId, signal); // it goes on with it
  }

  /** What was saved is shown until the other tab tells more. */
  async #showStored(runId: string, signal: AbortSignal): Promise<void> {
    const rows = await this.#readRows(runId);
    if (!signal.aborted && !this.heard)
      this.#tell({ type: 'metrics', rows: [...rows], history: true });
  }

  #awaitEnd(runId: string, signal: AbortSignal): void {
    const ended = (): void => {
      if (this.over) return; // it said so
      this.over = true;
      this.#tell({ type: 'state', state: 'idle' });
    };
    whenFree(runId, signal).then(ended, () => undefined); // rejects only when aborted
  }
}
