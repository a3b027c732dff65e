/**
 * The rollouts the page remembers, and which group is looked at. It follows the newest step until
 * the user steps back, and keeps the last 60; what is older is dropped.
 */
import type { GroupView, RolloutView } from './protocol.ts';

const KEPT = 60;

export class Rollouts {
  /** In order of steps. */
  list = $state.raw<readonly RolloutView[]>([]);
  /** Null: whatever is newest. */
  #pinned = $state<number | null>(null);
  /** Place of the group within the step. */
  #place = $state(0);

  readonly following = $derived(this.#pinned === null);
  readonly index = $derived.by(() => {
    const found = this.list.findIndex((rollout) => rollout.step === this.#pinned);
    return found < 0 ? this.list.length - 1 : found;
  });
  readonly current = $derived<RolloutView | undefined>(this.list[this.index]);
  readonly place = $derived(Math.min(this.#place, (this.current?.groups.length ?? 1) - 1));
  readonly group = $derived<GroupView | undefined>(this.current?.groups[this.place]);

  /** Adds one, or replaces the one of the same step (a resumed run samples it again). */
  add(rollout: RolloutView): void {
    const earlier = this.list.filter((other) => other.step < rollout.step);
    this.list = [...earlier, rollout].slice(-KEPT);
    if (this.#pinned !== null && !this.list.some((other) => other.step === this.#pinned)) {
      this.#pinned = null;
    }
  }

  clear(): void {
    this.list = [];
    this.#pinned = null;
    this.#place = 0;
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
}
