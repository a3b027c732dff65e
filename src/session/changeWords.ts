/** What a change of the recipe says in words, for charts, lists and screen readers. */
import { configTable, type RunConfig } from '../rft/configTable.ts';
import { changeableFields, type Changeable, type RecipeChange } from '../rft/changeable.ts';
import { configAt } from '../rft/recipeChange.ts';
import { rewardsOf, weightsOf } from '../rft/rewardSpec.ts';
import { taskOf } from '../tasks/index.ts';

const listed = (values: readonly (string | number)[]): string => values.join(', ');

/** What a changeable setting says in words: the rewards by name, and their weights. */
export const changeableWords: { [K in keyof Changeable]-?: (config: RunConfig) => string } = {
  rewards: (config) => listed(rewardsOf(taskOf(config), config.rewards).map(({ name }) => name)),
  rewardWeights: (config) => listed(weightsOf(taskOf(config), config)),
  learningRate: ({ learningRate }) => String(learningRate),
  temperature: ({ temperature }) => String(temperature),
  beta: ({ beta }) => String(beta),
};

export interface ChangeText {
  /** The first step that it applies to. */
  step: number;
  /** "Reward weights 0.9, 0.1 → 0.5, 0.5", one part a setting. */
  text: string;
}

function textOf(config: RunConfig, change: RecipeChange): string {
  const before = configAt(config, change.step - 1);
  const after = configAt(config, change.step);
  return changeableFields
    .filter((name) => change[name] !== undefined)
    .map((name) => {
      const [old, now] = [changeableWords[name](before), changeableWords[name](after)];
      const value = old === now ? `${now} (rewritten)` : `${old} → ${now}`;
      return `${configTable[name].label} ${value}`;
    })
    .join('; ');
}

/** The changes of a recipe, in the order of their steps. */
export const changeTexts = (config: RunConfig): ChangeText[] =>
  config.changes.map((change) => ({ step: change.step, text: textOf(config, change) }));
