/**
 * The rollouts the page remembers, which group is looked at, and which other step it is held
 * against. It follows the newest step until the user steps back. What is kept, keptRollouts.ts says.
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
  /** Place of the group within the step. */
  #place = $state(0);
  /** Step that the group is compared with. */
  #other = $state<number | null>(null);

  /** In order of steps. */
  readonly list = $derived<readonly RolloutView[]>(this.#kept.map(({ rollout }) => rollout));
  /** Estimated bytes of what is kept. */
  readonly bytes = $derived(keptBytes(this.#kept));
  readonly following = $derived(this.#pinned === null);
  readonly index = $derived.by(() => {
    const found = this.list.findIndex((rollout) => rollout.step === this.#pinned);
    return found < 0 ? this.list.length - 1 : found;
  });
  readonly current = $derived<RolloutView | undefined>(this.list[this.index]);
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
    if (this.#pinned !== null && !this.list.some((other) => other.step === this.#pinned)) {
      this.#pinned = null;
    }
  }

  clear(): void {
    this.#kept = [];
    this.#pinned = null;
    this.#place = 0;
    this.#other = null;
  }

  /** Moves to a remembered step by its place in `list`; the last place follows again. */
  goTo(index: number): void {
    const at = Math.max(0, Math.min(index, this.list.length - 1));
    this.#pinned = at === this.list.length - 1 ? null : (this.list[at]?.step ?? null);
  }

  /** Holds the remembered step nearest to this one, the earlier of two; even when it is the last. */
  goToStep(step: number): void {
    const away = this.list.map((rollout) => Math.abs(rollout.step - step));
    this.#pinned = this.list[away.indexOf(Math.min(...away))]?.step ?? null;
  }

  showGroup(place: number): void {
    this.#place = Math.max(0, place);
  }

  /** Shows a group and stays there; false where it is no longer kept. */
  show(group: GroupView): boolean {
    const rollout = this.list.find(({ groups }) => groups.includes(group));
    if (!rollout) return false;
    this.#pinned = rollout.step;
    this.#place = rollout.groups.indexOf(group);
    return true;
  }

  /** Holds the group against the same prompt's at another step; null: against nothing. */
  compareWith(step: number | null): void {
    this.#other = step;
  }
}
