/**
 * A fork being set up: which run, from which of its checkpoints, and what is to change after it.
 * The form holds what would hold at the next step without an edit; `plan` is the fork's whole
 * recipe or the reason why there can be none. It starts nothing (`lab.svelte.ts` does).
 */
import { forkedRecipe, type ForkedRecipe } from '../rft/forkedRecipe.ts';
import type { Changeable } from '../rft/changeable.ts';
import { configAt } from '../rft/recipeChange.ts';
import type { DeviceClass } from '../rft/taskRecipes.ts';
import { openStore, type RunStore } from '../storage/runStore.ts';
import { editWords } from './configWords.ts';
import { differences } from './liveChanges.svelte.ts';
import type { CheckpointInfo, RunInfo } from './protocol.ts';
import { Recipe } from './recipe.svelte.ts';

type Store = Pick<RunStore, 'listCheckpoints' | 'close'>;

export class ForkDraft {
  readonly run: RunInfo;
  readonly edits: Recipe;
  readonly #open: () => Promise<Store>;
  /** Newest first, those with a step after them. */
  checkpoints = $state.raw<readonly CheckpointInfo[]>([]);
  checkpointId = $state<string | null>(null);
  /** Why no checkpoint can be had. */
  problem = $state<string | null>(null);

  readonly checkpoint = $derived(
    this.checkpoints.find(({ id }) => id === this.checkpointId) ?? null,
  );
  /** What holds at the step after the checkpoint if nothing is edited. */
  readonly #base = $derived.by(() => configAt(this.run.config, (this.checkpoint?.step ?? 0) + 1));
  /** Null while the form has a problem. */
  readonly values = $derived.by((): Changeable | null => {
    const { config } = this.edits;
    return config && differences(this.#base, config);
  });
  readonly plan = $derived.by((): ForkedRecipe | null => {
    const { checkpoint, values } = this;
    if (!checkpoint || !values) return null;
    return forkedRecipe(this.run.config, checkpoint.step, { ...this.#base, ...values });
  });
  /** What the trainer is to go on with. */
  readonly recipe = $derived.by(() =>
    this.plan?.config ? { ...this.#base, ...this.values } : null,
  );
  /** The edits in words; empty without any. */
  readonly words = $derived.by(() => (this.values ? editWords(this.#base, this.values) : ''));

  constructor(run: RunInfo, device?: DeviceClass, open: () => Promise<Store> = openStore) {
    this.run = run;
    this.edits = new Recipe(device);
    this.#open = open;
  }

  /** Offers the run's checkpoints, the newest chosen. */
  async begin(): Promise<void> {
    try {
      const store = await this.#open();
      const found = await store.listCheckpoints(this.run.id);
      store.close();
      this.checkpoints = found.filter(({ step }) => step < this.run.config.maxSteps);
      if (this.checkpoints.length === 0) {
        this.problem = 'This run has no checkpoint that a step could follow.';
      }
      this.choose(this.checkpoints[0]?.id ?? null);
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error);
    }
  }

  /** Another checkpoint: the form shows what holds after it, and edits begin anew. */
  choose(id: string | null): void {
    this.checkpointId = id;
    this.edits.load(this.#base);
  }
}
