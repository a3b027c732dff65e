/**
 * What is known of this device's speed, recipe by recipe, kept in the browser between visits. A
 * figure belongs to the backend that it was measured on.
 */
import * as v from 'valibot';
import type { RunConfig } from '../rft/configTable.ts';
import { costKey, estimateOf, measuredBy, type Estimate } from './estimate.ts';
import { recalledJson, remember } from './remembered.ts';
import type { BackendInfo, Measured, StepMetrics } from './protocol.ts';

const KEY = 'rft-measured';
/** Recipes that are remembered. */
const MOST = 32;

const positive = v.pipe(v.number(), v.finite(), v.minValue(0));
const entry = v.object({
  key: v.string(),
  backend: v.string(),
  stepSeconds: positive,
  stepTokens: positive,
  completions: v.pipe(v.number(), v.integer(), v.minValue(1)),
  evalSeconds: positive,
  evalPrompts: v.pipe(v.number(), v.integer(), v.minValue(0)),
});
type Entry = v.InferOutput<typeof entry>;

/** Anything that is not what was written counts as nothing. */
function recall(): Entry[] {
  const read = v.safeParse(v.array(entry), recalledJson(KEY));
  return read.success ? read.output : [];
}

export class Measurements {
  busy = $state(false);
  #entries = $state.raw<readonly Entry[]>(recall());

  /** Null where nothing comparable was measured; `backend` null: not known yet, any counts. */
  estimate(config: RunConfig, backend: BackendInfo | null): Estimate | null {
    const key = costKey(config);
    const found = this.#entries.find(
      (one) =>
        one.key === key &&
        (backend === null || config.device === 'portable' || one.backend === backend.backend),
    );
    return found ? estimateOf(config, found) : null;
  }

  /** Takes what `work` measures; its failure is the caller's. */
  async take(
    config: RunConfig,
    work: Promise<Measured>,
    backend: () => BackendInfo | null,
  ): Promise<void> {
    this.busy = true;
    try {
      this.#add(config, await work, backend());
    } finally {
      this.busy = false;
    }
  }

  /** What a run that has ended tells of its device; changes on its way make it no measure. */
  learn(rows: readonly StepMetrics[], config: RunConfig | null, backend: BackendInfo | null): void {
    if (config === null || config.changes.length > 0) return;
    const measured = measuredBy(rows, config);
    if (measured) this.#add(config, measured, backend);
  }

  #add(config: RunConfig, measured: Measured, backend: BackendInfo | null): void {
    if (backend === null) return;
    const made = { ...measured, key: costKey(config), backend: backend.backend };
    const others = this.#entries.filter(
      ({ key, backend: name }) => key !== made.key || name !== made.backend,
    );
    this.#entries = [made, ...others].slice(0, MOST);
    remember(KEY, JSON.stringify(this.#entries));
  }
}
