/** The dry run that is shown: one at a time, the newest wins; a failure is a sentence. */
import type { RunConfig } from '../rft/configTable.ts';
import { trainingSet } from '../rft/dataset.ts';
import { taskOf } from '../tasks/index.ts';
import type { DryRun, OwnTry } from './protocol.ts';

/** Training prompts that are offered for the user's own texts. */
const TRY_PROMPTS = 32;

/** Whether two recipes train on the same prompts in the same order. */
const sameData = (a: RunConfig, b: RunConfig): boolean =>
  (['task', 'level', 'rows', 'seed', 'numPrompts', 'ownSplit'] as const).every(
    (name) => JSON.stringify(a[name]) === JSON.stringify(b[name]),
  );

export class DryRuns {
  busy = $state(false);
  result = $state.raw<DryRun | null>(null);
  /** The recipe that `result` is for. */
  config = $state.raw<RunConfig | null>(null);
  problem = $state<string | null>(null);
  #count = 0;

  /** Prompts that the user's own texts can be completions of. */
  readonly prompts = $derived.by(() => {
    if (this.config === null) return [];
    const examples = trainingSet(taskOf(this.config), this.config).slice(0, TRY_PROMPTS);
    return examples.map(({ prompt }) => prompt);
  });

  /**
   * The recipe to try now: without what it plans for later steps; and what the user's texts are
   * completions of stays the same while the panel stands.
   */
  recipeFor(config: RunConfig, own: readonly OwnTry[]): RunConfig {
    const shown = this.config;
    const wanted = own.length > 0 && shown && !sameData(shown, config) ? shown : config;
    return { ...wanted, changes: [] };
  }

  /** Takes `work`'s result, unless a newer one was asked for or the panel was closed meanwhile. */
  async show(config: RunConfig, work: Promise<DryRun>): Promise<void> {
    const count = ++this.#count;
    this.busy = true;
    this.problem = null;
    try {
      const result = await work;
      if (count !== this.#count) return;
      this.result = result;
      this.config = config;
    } catch (error) {
      if (count === this.#count)
        this.problem = error instanceof Error ? error.message : String(error);
    } finally {
      if (count === this.#count) this.busy = false;
    }
  }

  /** The one under way is not wanted any more; what is shown stays. */
  cancel(): void {
    this.#count += 1;
    this.busy = false;
  }

  close(): void {
    this.cancel();
    this.result = null;
    this.config = null;
    this.problem = null;
  }
}
