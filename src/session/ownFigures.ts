/**
 * The visitor's own measured accuracies: of the run at hand, else of the newest stored run that was
 * measured before and after. With a phrase that says where they come from.
 */
import type { Method, RunConfig } from '../rft/configTable.ts';
import { taskOf } from '../tasks/index.ts';
import { heldOutPair, type HeldOutPair } from './heldOutPair.ts';
import type { RunInfo, StepMetrics } from './protocol.ts';

export interface OwnFigures {
  pair: HeldOutPair;
  /** `“Calculator chain”: Calculator chain by RFT, seed 1, at step 60, 150 held-out prompts`. */
  from: string;
}

const methods: Record<Method, string> = {
  rft: 'RFT',
  sft: 'SFT',
  rejection: 'rejection sampling',
};

/** Null until the run has been measured before and after. */
export function figuresOf(
  name: string,
  config: RunConfig,
  rows: readonly StepMetrics[],
): OwnFigures | null {
  const pair = heldOutPair(rows, config);
  if (pair === null) return null;
  const what = `${taskOf(config).title} by ${methods[config.method]}, seed ${config.seed}`;
  return {
    pair,
    from: `${name}: ${what}, measured at step ${pair.step} on ${pair.prompts} held-out prompts`,
  };
}

/** What it needs of the stored runs. */
export interface StoredRuns {
  /** Newest first. */
  readonly runs: readonly RunInfo[];
  metrics(id: string): Promise<readonly StepMetrics[]>;
}

/** Null when no stored run was measured before and after. */
export async function newestFigures(stored: StoredRuns): Promise<OwnFigures | null> {
  for (const { id, name, config, evalGreedy, step } of stored.runs) {
    if (evalGreedy === null || step === 0) continue;
    const figures = figuresOf(`“${name}”`, config, await stored.metrics(id));
    if (figures) return figures;
  }
  return null;
}
