/**
 * The recipe of a fork: the one that a checkpoint was written under, with what was edited as a
 * change at the next step. Only settings that may change on the way can be edited, for everything
 * else is in the steps that the fork shares with its parent. A refusal is data. Pure.
 */
import { changeableFields, type Changeable } from './changeable.ts';
import { fieldNames, parseConfig, type Problem } from './config.ts';
import { configTable, type ConfigField, type RunConfig } from './configTable.ts';
import { configAt, withChange } from './recipeChange.ts';

export type ForkedRecipe =
  { config: RunConfig; problem: null } | { config: null; problem: Problem };

const refused = (field: string, message: string): ForkedRecipe => ({
  config: null,
  problem: { field, message },
});

const differing = (a: RunConfig, b: RunConfig): ConfigField[] =>
  fieldNames.filter(
    (name) => name !== 'changes' && JSON.stringify(a[name]) !== JSON.stringify(b[name]),
  );

/** The recipe up to a step, with what is still to come taken from another. */
function spliced(start: RunConfig, step: number, later: RunConfig): RunConfig {
  const past = start.changes.filter((change) => change.step <= step);
  const future = later.changes.filter((change) => change.step > step + 1);
  return { ...start, changes: [...past, ...future] };
}

/**
 * @param start the checkpoint's recipe, with its changes.
 * @param step steps done at the checkpoint.
 * @param edited what is to hold at the step after it; of its changes, those after that step count.
 */
export function forkedRecipe(start: RunConfig, step: number, edited: RunConfig): ForkedRecipe {
  if (step >= start.maxSteps) {
    return refused('maxSteps', 'No step of the recipe is left after this checkpoint.');
  }
  const recipe = spliced(start, step, edited);
  const changed = differing(configAt(recipe, step + 1), edited);
  const names: readonly string[] = changeableFields;
  const fixed = changed.find((name) => !names.includes(name));
  if (fixed) {
    const { label } = configTable[fixed];
    return refused(fixed, `${label} cannot change on the way: start a new run for that.`);
  }
  const values: Changeable = Object.fromEntries(changed.map((name) => [name, edited[name]]));
  const whole = changed.length === 0 ? recipe : withChange(recipe, step + 1, values);
  const { config, problems } = parseConfig(whole);
  return config ? { config, problem: null } : { config: null, problem: problems[0]! };
}
