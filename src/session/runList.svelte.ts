/**
 * The stored runs as the page lists them, and the room they take. Storage is asked anew after
 * every change, also one that another tab made; what goes wrong is a sentence in `problem`, never a
 * blank list without a word.
 */
import { CodedError } from '../../models/errors.ts';
import { openStore, type RunStore } from '../storage/runStore.ts';
import { lockRun, runsAtHand, runsChannel, tellRunsChanged, whenFree } from '../storage/runTabs.ts';
import type { RunInfo, StepMetrics } from './protocol.ts';
import { recalled, remember } from './remembered.ts';

const DISMISSED_KEY = 'dismissed-run';
const HAD_RUNS_KEY = 'had-runs';

export class RunList {
  /** Newest first. */
  runs = $state.raw<readonly RunInfo[]>([]);
  /** Bytes; null where the browser does not tell. */
  room = $state.raw<{ used: number; quota: number } | null>(null);
  /** Whether the browser has agreed to keep them when room gets short; null: it does not say. */
  kept = $state<boolean | null>(null);
  /** Ids of the runs that some tab is running, this one included. */
  atHand = $state.raw<readonly string[]>([]);
  problem = $state<string | null>(null);
  #dismissed = $state(recalled(DISMISSED_KEY));
  /** Whether there were runs when the page last looked; known before storage answers. */
  readonly hadRuns = recalled(HAD_RUNS_KEY) === 'yes';
  readonly #open: () => Promise<RunStore>;
  readonly #onRead: (runs: readonly RunInfo[]) => void;
  #store: Promise<RunStore> | null = null;
  /** Runs whose end is waited for. */
  #awaited: readonly string[] = [];

  /** `onRead` is told of the runs before they can be seen. */
  constructor(
    open: () => Promise<RunStore> = openStore,
    onRead: (runs: readonly RunInfo[]) => void = () => undefined,
  ) {
    this.#open = open;
    this.#onRead = onRead;
  }

  /** The newest run if it stopped before its last step and was not waved away. */
  readonly unfinished = $derived.by(() => {
    const newest = this.runs[0];
    const open = newest !== undefined && !newest.finished && newest.step > 0;
    return open && newest.id !== this.#dismissed ? newest : null;
  });

  refresh(): Promise<void> {
    return this.#attempt(async (store) => {
      const runs = await store.listRuns();
      this.#onRead(runs);
      this.runs = [...runs].sort((a, b) => b.updatedAt - a.updatedAt);
      remember(HAD_RUNS_KEY, runs.length > 0 ? 'yes' : 'no');
      this.room = await store.estimate();
      this.kept = await store.isPersistent();
      this.atHand = await runsAtHand();
    });
  }

  /** Follows what other tabs do until the returned function is called. */
  follow(): () => void {
    const channel = runsChannel();
    channel.onmessage = () => void this.#followAll(stop.signal);
    const stop = new AbortController();
    stop.signal.addEventListener('abort', () => channel.close());
    void this.#followAll(stop.signal);
    return () => stop.abort();
  }

  /** A tab that dies tells nobody: its runs are waited for. */
  async #followAll(signal: AbortSignal): Promise<void> {
    await this.refresh();
    for (const id of this.atHand) {
      if (this.#awaited.includes(id)) continue;
      this.#awaited = [...this.#awaited, id];
      whenFree(id, signal)
        .then(() => this.refresh())
        .catch(() => undefined) // aborted: nobody wants to know any more
        .finally(() => (this.#awaited = this.#awaited.filter((one) => one !== id)));
    }
  }

  /** A stored run's metrics, in order of steps; none where they cannot be read. */
  async metrics(id: string): Promise<readonly StepMetrics[]> {
    let rows: readonly StepMetrics[] = [];
    await this.#attempt(async (store) => {
      rows = await store.metrics(id);
    });
    return rows;
  }

  rename(id: string, name: string): Promise<void> {
    return this.#attempt(async (store) => {
      await store.renameRun(id, name);
      await this.#changed();
    });
  }

  /** Not while another tab is running it. */
  remove(id: string): Promise<void> {
    return this.#attempt(async (store) => {
      const release = await lockRun(id).catch((error: unknown) => {
        if (!(error instanceof CodedError && error.code === 'run-elsewhere')) throw error;
        throw new Error(
          'Another tab is running this run, so it was not deleted. Stop it there first.',
        );
      });
      await store.deleteRun(id).finally(release);
      await this.#changed();
    });
  }

  /** Asks the browser, which may refuse, not to clear the stored runs when room gets short. */
  keep(): Promise<void> {
    return this.#attempt(async (store) => {
      this.kept = await store.requestPersistence();
    });
  }

  /** Offers this run no more when the page is opened. */
  dismiss(id: string): void {
    this.#dismissed = id;
    remember(DISMISSED_KEY, id);
  }

  async #changed(): Promise<void> {
    await this.refresh();
    tellRunsChanged();
  }

  async #attempt(work: (store: RunStore) => Promise<void>): Promise<void> {
    try {
      this.#store ??= this.#open();
      await work(await this.#store);
      this.problem = null;
    } catch (error) {
      this.#store = null;
      this.problem = error instanceof Error ? error.message : String(error);
    }
  }
}
