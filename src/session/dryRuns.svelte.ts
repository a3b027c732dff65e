/** The dry run that is shown: one at a time, the newest wins; a failure is a sentence. */
import type { RunConfig } from '../rft/configTable.ts';
import type { DryRun } from './protocol.ts';

export class DryRuns {
  busy = $state(false);
  result = $state.raw<DryRun | null>(null);
  /** The recipe that `result` is for. */
  config = $state.raw<RunConfig | null>(null);
  problem = $state<string | null>(null);
  #count = 0;

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

  close(): void {
    this.#count += 1;
    this.busy = false;
    this.result = null;
    this.config = null;
    this.problem = null;
  }
}
