/**
 * The stored checkpoints as the page lists them, of all runs at once, and what the user does with
 * them: pinning, removing, making room. Nothing is removed unasked, and other tabs are told of it.
 * What goes wrong is a sentence in `problem`.
 */
import { openStore, type RunStore } from '../storage/runStore.ts';
import { tellRunsChanged } from '../storage/runTabs.ts';
import type { CheckpointInfo } from './protocol.ts';

type Store = Pick<RunStore, 'listAllCheckpoints' | 'pinCheckpoint' | 'deleteCheckpoints'>;

export class KeptCheckpoints {
  readonly #onChange: () => Promise<void>;
  readonly #open: () => Promise<Store>;
  #store: Promise<Store> | null = null;
  /** Oldest first; null until they have been read. */
  all = $state.raw<readonly CheckpointInfo[] | null>(null);
  #changeProblem = $state<string | null>(null);
  #readProblem = $state<string | null>(null);
  /** What went wrong with the last change stays until the next one: lists are read all the time. */
  readonly problem = $derived(this.#changeProblem ?? this.#readProblem);

  /** `onChange`: what the list of runs says has changed. */
  constructor(onChange: () => Promise<void>, open: () => Promise<Store> = openStore) {
    this.#onChange = onChange;
    this.#open = open;
  }

  /** Of one run, newest first; null until they have been read. */
  of(runId: string): CheckpointInfo[] | null {
    const own = this.all?.filter((checkpoint) => checkpoint.runId === runId);
    return own?.sort((a, b) => b.step - a.step) ?? null;
  }

  /** Steps of a run's checkpoints, in order: those that are stored, and those told of since. */
  stepsOf(runId: string | undefined, told: readonly number[]): readonly number[] {
    const own = this.all?.filter((checkpoint) => checkpoint.runId === runId) ?? [];
    const stored = own.map(({ step }) => step);
    const since = told.filter((step) => !stored.includes(step));
    return [...stored, ...since].sort((a, b) => a - b);
  }

  async refresh(): Promise<void> {
    this.#readProblem = await this.#attempt(async (store) => {
      this.all = await store.listAllCheckpoints();
    });
  }

  pin(checkpoint: CheckpointInfo, pinned: boolean): Promise<void> {
    return this.#change((store) => store.pinCheckpoint(checkpoint, pinned));
  }

  remove(ids: readonly string[]): Promise<void> {
    return this.#change((store) => store.deleteCheckpoints(ids));
  }

  async #change(work: (store: Store) => Promise<void>): Promise<void> {
    this.#changeProblem = await this.#attempt(async (store) => {
      await work(store);
      tellRunsChanged();
    });
    await this.refresh();
    await this.#onChange();
  }

  /** What went wrong; null: nothing. */
  async #attempt(work: (store: Store) => Promise<void>): Promise<string | null> {
    try {
      this.#store ??= this.#open();
      await work(await this.#store);
      return null;
    } catch (error) {
      this.#store = null;
      return error instanceof Error ? error.message : String(error);
    }
  }
}
