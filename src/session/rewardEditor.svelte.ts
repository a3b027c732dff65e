/**
 * The reward form's state: a draft, what is wrong with it, and the spec that it stands for when
 * nothing is. The original is never changed; whoever saves takes `spec`.
 */
import type { GraderKindName } from '../graders/grader.ts';
import { newGrader } from './newReward.ts';
import {
  checkDraft,
  draftOf,
  graderDraft,
  valueAt,
  withValue,
  type DraftValue,
  type EditableReward,
  type GraderDraft,
  type PartDraft,
  type RangeText,
  type RewardDraft,
} from './rewardDraft.ts';

export class RewardEditor {
  readonly #taken: readonly string[];
  readonly #original: string;
  draft = $state.raw() as RewardDraft;
  readonly #checked = $derived.by(() => checkDraft(this.draft, this.#taken));
  /** Null while there is a problem. */
  readonly spec = $derived(this.#checked.spec);
  readonly problems = $derived(this.#checked.problems);
  readonly changed = $derived.by(() => JSON.stringify(this.draft) !== this.#original);

  constructor(original: EditableReward, taken: readonly string[]) {
    this.#taken = taken;
    this.draft = draftOf(original);
    this.#original = JSON.stringify(this.draft);
  }

  /** The grader at a path, '' being the reward itself. */
  grader(path: string): GraderDraft {
    return valueAt(this.draft, path) as GraderDraft;
  }

  text(path: string): string {
    const value = valueAt(this.draft, path);
    return typeof value === 'string' ? value : '';
  }

  flag(path: string): boolean {
    return valueAt(this.draft, path) === true;
  }

  range(path: string): RangeText | undefined {
    return valueAt(this.draft, path) as RangeText | undefined;
  }

  parts(path: string): readonly PartDraft[] {
    return valueAt(this.draft, path) as readonly PartDraft[];
  }

  problem(path: string): string | undefined {
    return this.problems.get(path);
  }

  set(path: string, value: DraftValue): void {
    this.draft = withValue(this.draft, path, value);
  }

  addPart(path: string, kind: GraderKindName): void {
    const grader = graderDraft(newGrader(kind, []));
    this.set(path, [...this.parts(path), { grader, weight: '1' }]);
  }

  removePart(path: string, i: number): void {
    this.set(path, this.parts(path).toSpliced(i, 1));
  }
}
