/**
 * Whether a checkpoint's recipe is that of its run. The page shows the run's, and asks about the
 * reward code in it, while training goes on with the checkpoint's: so nothing may be in the one
 * that is not in the other. A checkpoint holds the recipe as it was then, and may lack only changes
 * that were made at later steps. Pure.
 */
import type { RecipeChange } from '../../src/rft/changeable.ts';
import { parseConfig } from '../../src/rft/config.ts';
import type { RunConfig } from '../../src/rft/configTable.ts';
import { canonicalJson } from '../../src/storage/checkpointRecord.ts';

/** What was stored before a setting came has its default. */
const whole = (config: RunConfig): RunConfig => parseConfig(config).config ?? config;

const texts = (changes: readonly RecipeChange[]): string[] => changes.map(canonicalJson);

/**
 * @param checkpoint its recipe, and the steps done at it.
 * @param run the run's recipe, and the steps done at its newest checkpoint.
 */
export function isRecipeOf(
  checkpoint: { step: number; config: RunConfig },
  run: { step: number; config: RunConfig },
): boolean {
  const { changes: then, ...start } = whole(checkpoint.config);
  const { changes: now, ...runStart } = whole(run.config);
  if (canonicalJson(start) !== canonicalJson(runStart)) return false;
  const known = texts(now);
  const held = texts(then);
  // The newest checkpoint lacks nothing; an older one none of the changes up to its step.
  const due =
    checkpoint.step === run.step ? now : now.filter(({ step }) => step <= checkpoint.step);
  return (
    held.every((text) => known.includes(text)) && texts(due).every((text) => held.includes(text))
  );
}
