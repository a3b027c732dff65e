/**
 * Which stored runs are compared, and their metrics: read once a run and again when it has gone on;
 * the run at hand comes from the page's own state, so that it is drawn while it moves. It groups
 * and words nothing itself (seedBands.ts, configWords.ts) and starts nothing.
 */
import { openStore, type RunStore } from '../storage/runStore.ts';
import { configDifferences } from './configWords.ts';
import type { RunInfo, StepMetrics } from './protocol.ts';
import { runSeconds, seedBands, type ComparedRun } from './seedBands.ts';

/** More lines than this nobody can tell apart. */
export const MOST_RUNS = 12;

/** Runs that are compared before anybody has chosen. */
const AT_FIRST = 2;

/** The n-th chosen run's letter. */
const letterOf = (n: number): string => String.fromCharCode(65 + n);

type Store = Pick<RunStore, 'metrics'>;

/** What it looks at of the Lab. */
interface Sources {
  readonly runs: { readonly runs: readonly RunInfo[] };
  readonly state: { readonly run: RunInfo | null; readonly rows: readonly StepMetrics[] };
}

interface Known {
  /** The run's `updatedAt` when it was read. */
  updatedAt: number;
  seconds: number;
  /** Null while the run is not chosen: a long run's rows are not kept for nothing. */
  rows: readonly StepMetrics[] | null;
}

export class Compare {
  readonly #sources: Sources;
  readonly #open: () => Promise<Store>;
  #store: Promise<Store> | null = null;
  #known = $state.raw<Readonly<Partial<Record<string, Known>>>>({});
  /** Null until the user has chosen. */
  #chosen = $state.raw<readonly string[] | null>(null);
  #reading: Promise<void> = Promise.resolve();
  problem = $state<string | null>(null);

  /** Runs that have something to compare, newest first. */
  readonly runs = $derived.by(() => {
    const { runs, state } = this.#sources;
    return runs.runs.filter(({ id, step }) => step > 0 || id === state.run?.id);
  });
  /** Ids in the order in which they were chosen; runs that are gone are left out. */
  readonly chosen = $derived.by((): readonly string[] => {
    const ids = this.runs.map(({ id }) => id);
    return this.#chosen?.filter((id) => ids.includes(id)) ?? ids.slice(0, AT_FIRST);
  });
  readonly full = $derived(this.chosen.length >= MOST_RUNS);
  readonly compared = $derived.by((): readonly ComparedRun[] =>
    this.chosen.flatMap((id, n) => {
      const run = this.runs.find((one) => one.id === id);
      return run ? [{ run, letter: letterOf(n), rows: this.#rowsOf(run) }] : [];
    }),
  );
  readonly bands = $derived(seedBands(this.compared));
  readonly letters = $derived(this.compared.map(({ letter }) => letter));
  readonly differences = $derived(configDifferences(this.compared.map(({ run }) => run.config)));

  constructor(sources: Sources, open: () => Promise<Store> = openStore) {
    this.#sources = sources;
    this.#open = open;
  }

  /** A run's letter; null where it is not compared. */
  letter({ id }: RunInfo): string | null {
    const at = this.chosen.indexOf(id);
    return at < 0 ? null : letterOf(at);
  }

  toggle({ id }: RunInfo): void {
    if (this.chosen.includes(id)) this.#chosen = this.chosen.filter((one) => one !== id);
    else if (!this.full) this.#chosen = [...this.chosen, id];
  }

  /** Seconds that a run has taken; null while they are not known. */
  seconds(run: RunInfo): number | null {
    const rows = this.#liveRows(run);
    return rows ? runSeconds(rows) : (this.#known[run.id]?.seconds ?? null);
  }

  /** Reads what is not known yet of the listed runs, one after the other. */
  refresh(): Promise<void> {
    this.#reading = this.#reading.then(() => this.#readAll());
    return this.#reading;
  }

  #liveRows({ id }: RunInfo): readonly StepMetrics[] | null {
    const { run, rows } = this.#sources.state;
    return run?.id === id ? rows : null;
  }

  #rowsOf(run: RunInfo): readonly StepMetrics[] {
    return this.#liveRows(run) ?? this.#known[run.id]?.rows ?? [];
  }

  async #readAll(): Promise<void> {
    try {
      this.#store ??= this.#open();
      const store = await this.#store;
      for (const run of this.runs) await this.#read(store, run);
      this.problem = null;
    } catch (error) {
      this.#store = null;
      this.problem = error instanceof Error ? error.message : String(error);
    }
  }

  async #read(store: Store, { id, updatedAt }: RunInfo): Promise<void> {
    const known = this.#known[id];
    const isFresh = known?.updatedAt === updatedAt;
    const wanted = this.chosen.includes(id);
    if (isFresh && (known.rows !== null || !wanted)) return;
    const rows = await store.metrics(id);
    const entry = { updatedAt, seconds: runSeconds(rows), rows: wanted ? rows : null };
    this.#known = { ...this.#known, [id]: entry };
  }
}
