/**
 * The recipe of a new run that a remedy asks for: the settings in force at a step, the remedy on
 * top. What was changed on the way holds from the start, so there is no history to repeat.
 */
import { parseConfig } from '../../rft/config.ts';
import type { RunConfig } from '../../rft/configTable.ts';
import { configAt } from '../../rft/recipeChange.ts';

/** Null where the settings do not go together; rules' remedies do. */
export const remedied = (
  recipe: RunConfig,
  step: number,
  changes: Partial<RunConfig>,
): RunConfig | null =>
  parseConfig({ ...configAt(recipe, step + 1), changes: [], ...changes }).config;
