/**
 * What the user edits of a run that is going: the settings that may change, on a form of their own,
 * until they are sent. It follows the recipe in force as long as nothing is edited, so that half a
 * number is never overwritten. It sends nothing (`lab.svelte.ts` does).
 */
import { defaultConfig } from '../rft/config.ts';
import type { RunConfig } from '../rft/configTable.ts';
import { changeableFields, type Changeable } from '../rft/changeable.ts';
import { configAt } from '../rft/recipeChange.ts';
import type { DeviceClass } from '../rft/taskRecipes.ts';
import { Recipe } from './recipe.svelte.ts';

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** The changeable settings in which two recipes differ, with the second one's values. */
export function differences(before: RunConfig, after: RunConfig): Changeable {
  const changed = changeableFields.filter((name) => !same(before[name], after[name]));
  return Object.fromEntries(changed.map((name) => [name, after[name]]));
}

export class LiveChanges {
  readonly edits: Recipe;
  /** The recipe in force that the form was filled from. */
  #base = $state.raw<RunConfig>(defaultConfig);

  /** What would change; null while the form has a problem. */
  readonly values = $derived.by((): Changeable | null => {
    const { config } = this.edits;
    return config && differences(this.#base, config);
  });
  /** Edited and not yet sent, or not right. */
  readonly edited = $derived(this.values === null || Object.keys(this.values).length > 0);
  /** Sent; they take effect at the next step. */
  sent = $state(false);
  /** The step from which on the last change that was sent holds; null: none was. */
  inForceFrom = $state<number | null>(null);
  /** Why the trainer refused what was sent; null: it did not. */
  problem = $state<string | null>(null);
  /** A dialog over the form is open: its values must not change under it. */
  held = $state(false);

  constructor(device?: DeviceClass) {
    this.edits = new Recipe(device);
  }

  /** The recipe of a run, and the steps it has done. Edits that were not sent stay. */
  follow(config: RunConfig, step: number): void {
    if (this.held) return;
    const now = configAt(config, step + 1);
    if (Object.keys(differences(this.#base, now)).length === 0 && now.task === this.#base.task)
      return;
    if (!this.sent && this.edited) return;
    const asked = this.sent;
    this.begin(config, step);
    if (asked) this.inForceFrom = step + 1;
  }

  /** Fills the form with what is in force. */
  begin(config: RunConfig, step: number): void {
    // What has changed already is in the values; only what is still to come may clash with edits.
    const changes = config.changes.filter((change) => change.step > step + 1);
    this.#base = { ...configAt(config, step + 1), changes };
    this.edits.load(this.#base);
    this.sent = false;
    this.problem = null;
    this.inForceFrom = null;
  }

  /** The trainer would not have it: the edits stand as they were. */
  refused(problem: string): void {
    this.sent = false;
    this.problem = problem;
  }

  discard(): void {
    this.edits.load(this.#base);
  }
}
