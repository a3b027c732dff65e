/**
 * The stored runs as the page lists them, and the room they take. Storage is asked anew after
 * every change; what goes wrong is a sentence in `problem`, never a blank list without a word.
 */
import { openStore, type RunStore } from '../storage/runStore.ts';
import type { RunInfo, StepMetrics } from './protocol.ts';

const DISMISSED_KEY = 'dismissed-run';

export class RunList {
  /** Newest first. */
  runs = $state.raw<readonly RunInfo[]>([]);
  /** Bytes; null where the browser does not tell. */
  room = $state.raw<{ used: number; quota: number } | null>(null);
  problem = $state<string | null>(null);
  #dismissed = $state<string | null>(null);
  #store: Promise<RunStore> | null = null;

  /** The newest run if it stopped before its last step and was not waved away. */
  readonly unfinished = $derived.by(() => {
    const newest = this.runs[0];
    const open = newest !== undefined && !newest.finished && newest.step > 0;
    return open && newest.id !== this.#dismissed ? newest : null;
  });

  constructor() {
    try {
      this.#dismissed = localStorage.getItem(DISMISSED_KEY);
    } catch {
      this.#dismissed = null; // storage is forbidden here: nothing was remembered
    }
  }

  refresh(): Promise<void> {
    return this.#attempt(async (store) => {
      const runs = await store.listRuns();
      this.runs = [...runs].sort((a, b) => b.updatedAt - a.updatedAt);
      this.room = await store.estimate();
    });
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
      await this.refresh();
    });
  }

  remove(id: string): Promise<void> {
    return this.#attempt(async (store) => {
      await store.deleteRun(id);
      await this.refresh();
    });
  }

  /** Asks the browser, which may refuse, not to clear the stored runs when room gets short. */
  keep(): Promise<void> {
    return this.#attempt(async (store) => {
      await store.requestPersistence();
    });
  }

  /** Offers this run no more when the page is opened. */
  dismiss(id: string): void {
    this.#dismissed = id;
    try {
      localStorage.setItem(DISMISSED_KEY, id);
    } catch {
      return; // storage is forbidden here: it holds until the page is closed
    }
  }

  async #attempt(work: (store: RunStore) => Promise<void>): Promise<void> {
    try {
      this.#store ??= openStore();
      await work(await this.#store);
      this.problem = null;
    } catch (error) {
      this.#store = null;
      this.problem = error instanceof Error ? error.message : String(error);
    }
  }
}
