/**
 * What an opened link claims of a run with its recipe: the receipt, the claimed metrics as rows for
 * the charts, and, while such a run is on the page, how it compares. It starts nothing.
 */
import { compareMilestones, verdictOf } from '../rft/verdict.ts';
import type { RunConfig } from '../rft/configTable.ts';
import type { Receipt } from '../rft/receipt.ts';
import type { LabState } from './labState.svelte.ts';
import type { StepMetrics } from './protocol.ts';

const same = (a: RunConfig | null, b: RunConfig): boolean =>
  JSON.stringify(a) === JSON.stringify(b);

export class Claim {
  readonly #state: LabState;
  receipt = $state.raw<Receipt | null>(null);
  /** Why the receipt of the opened link is not trusted. */
  problem = $state.raw<string | null>(null);

  /** A run of the claimed recipe that is on the page; a recorded one is none. */
  readonly #candidate = $derived.by(() =>
    this.receipt !== null && same(this.#state.config, this.receipt.config) ? this.#state.run : null,
  );
  /** True while the run on the page is one of the claimed recipe, made here. */
  readonly isRun = $derived(this.#candidate !== null && this.#candidate.imported !== true);
  /** True while it is one from a file, which may have been written to fit the claim. */
  readonly isFromFile = $derived(this.#candidate?.imported === true);
  readonly milestones = $derived.by(() =>
    this.receipt === null
      ? []
      : compareMilestones(this.receipt, this.isRun ? this.#state.rows : []),
  );
  readonly verdict = $derived.by(() => {
    if (this.receipt === null || !this.isRun) return null;
    return verdictOf(this.receipt, this.milestones, this.#state.run?.origin?.policyHash ?? null);
  });

  constructor(state: LabState) {
    this.#state = state;
  }

  take(receipt: Receipt | null, problem: string | null): void {
    this.receipt = receipt;
    this.problem = problem;
  }

  drop(): void {
    this.take(null, null);
  }

  /** The claimed metrics where `shown` is the claimed recipe. */
  rowsFor(shown: RunConfig): readonly StepMetrics[] {
    const { receipt } = this;
    if (receipt === null || !same(shown, receipt.config)) return [];
    return receipt.milestones.map(({ step, values }) => ({ step, values }));
  }
}
