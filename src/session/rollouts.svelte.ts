/**
 * The rollouts the page remembers, which group is looked at, and which other step it is held
 * against. It follows the newest step until the user steps back, or asks for a step elsewhere on the
 * page: then the nearest that is kept is shown. What is kept, keptRollouts.ts says.
 */
import { fit, keep, keptBytes, ROLLOUT_BUDGET, type Kept } from './keptRollouts.ts';
import type { GroupView, RolloutView } from './protocol.ts';

/** A group with the step it is of. */
export interface GroupAt {
  rollout: RolloutView;
  group: GroupView;
}

export class Rollouts {
  #kept = $state.raw<readonly Kept[]>([]);
  /** Null: whatever is newest. */
  #pinned = $state<number | null>(null);
  /** The step that was asked for by `goToStep` and is held since; it need not be kept. */
  #asked = $state<number | null>(null);
  /** Steps that have come so far, in order, kept or not. */
  #come = $state.raw<readonly number[]>([]);
  /** Place of the group within the step. */
  #place = $state(0);
  /** Step that the group is compared with. */
  #other = $state<number | null>(null);

  /** In order of steps. */
  readonly list = $derived<readonly RolloutView[]>(this.#kept.map(({ rollout }) => rollout));
  /** Estimated bytes of what is kept. */
  readonly bytes = $derived(keptBytes(this.#kept));
  /** Number of steps that have come; fewer may be kept. */
  readonly count = $derived(this.#come.length);
  readonly following = $derived(this.#pinned === null);
  readonly index = $derived.by(() => {
    const found = this.list.findIndex((rollout) => rollout.step === this.#pinned);
    return found < 0 ? this.list.length - 1 : found;
  });
  readonly current = $derived<RolloutView | undefined>(this.list[this.index]);
  /**
   * The step that was asked for where another one is shown, and whether it had come and was not
   * kept; null: there is none.
   */
  readonly missing = $derived.by((): { step: number; dropped: boolean } | null => {
    const step = this.#asked;
    if (step === null || step === this.current?.step) return null;
    return { step, dropped: this.#come.includes(step) };
  });
  readonly place = $derived(Math.min(this.#place, (this.current?.groups.length ?? 1) - 1));
  readonly group = $derived<GroupView | undefined>(this.current?.groups[this.place]);
  /** The same prompt's groups in all other steps. */
  readonly others = $derived.by((): GroupAt[] => {
    const { current, group } = this;
    if (!current || !group) return [];
    return this.list.flatMap((rollout) => {
      const same = rollout.groups.find(({ promptIndex }) => promptIndex === group.promptIndex);
      return same && rollout !== current ? [{ rollout, group: same }] : [];
    });
  });
  readonly compared = $derived<GroupAt | undefined>(
    this.others.find(({ rollout }) => rollout.step === this.#other),
  );

  /** Adds one, or replaces the one of the same step (a resumed run samples it again). */
  add(rollout: RolloutView): void {
    const earlier = this.#kept.filter((other) => other.rollout.step < rollout.step);
    this.#kept = fit([...earlier, keep(rollout)], ROLLOUT_BUDGET);
    this.#come = [...this.#come.filter((step) => step < rollout.step), rollout.step];
    const asked = this.#asked;
    if (asked === rollout.step)
      this.goToStep(asked); // it has come after all
    else if (!this.list.some((other) => other.step === this.#pinned)) {
      // What was looked at had to go.
      if (asked !== null && asked < rollout.step) this.goToStep(asked);
      else this.#follow();
    }
  }

  clear(): void {
    this.#kept = [];
    this.#come = [];
    this.#follow();
    this.#place = 0;
    this.#other = null;
  }

  /** Moves to a remembered step by its place in `list`; the last place follows again. */
  goTo(index: number): void {
    const at = Math.max(0, Math.min(index, this.list.length - 1));
    this.#asked = null;
    this.#pinned = at === this.list.length - 1 ? null : (this.list[at]?.step ?? null);
  }

  /**
   * Holds a step that is pinned elsewhere on the page; null lets go of it, which changes nothing
   * where the user has moved on since.
   */
  hold(step: number | null): void {
    if (step !== null) this.goToStep(step);
    else if (this.#asked !== null) this.#follow();
  }

  #follow(): void {
    this.#asked = null;
    this.#pinned = null;
  }

  /** Holds the remembered step nearest to this one, the earlier of two; even when it is the last. */
  goToStep(step: number): void {
    const away = this.list.map((rollout) => Math.abs(rollout.step - step));
    this.#pinned = this.list[away.indexOf(Math.min(...away))]?.step ?? null;
    this.#asked = this.#pinned === null ? null : step;
  }

  showGroup(place: number): void {
    this.#place = Math.max(0, place);
  }

  /** Shows a group and stays there; false where it is no longer kept. */
  show(group: GroupView): boolean {
    const rollout = this.list.find(({ groups }) => groups.includes(group));
    if (!rollout) return false;
    this.#asked = null;
    this.#pinned = rollout.step;
    this.#place = rollout.groups.indexOf(group);
    return true;
  }

  /** Holds the group against the same prompt's at another step; null: against nothing. */
  compareWith(step: number | null): void {
    this.#other = step;
  }
}
