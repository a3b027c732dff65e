/** The recipe form's state: what was typed stays, parseConfig judges it, defaults can come back. */
import { describe, expect, it } from 'vitest';
import { defaultConfig, parseConfig } from '../../src/rft/config.ts';
import { Recipe } from '../../src/session/recipe.svelte.ts';

describe('Recipe', () => {
  it('starts as the default recipe', () => {
    const recipe = new Recipe();
    expect(recipe.config).toEqual(defaultConfig);
    expect(recipe.changedCount).toBe(0);
  });

  it('keeps what was typed and says what is wrong with it', () => {
    const recipe = new Recipe();
    recipe.set('learningRate', '3e-');
    expect(recipe.draft.learningRate).toBe('3e-');
    expect(recipe.config).toBeNull();
    expect(recipe.problem('learningRate')).toContain('number');
    recipe.set('learningRate', '2e-4');
    expect(recipe.config?.learningRate).toBe(2e-4);
    expect(recipe.isChanged('learningRate')).toBe(true);
    recipe.reset('learningRate');
    expect(recipe.config).toEqual(defaultConfig);
  });

  it('calls an empty field a problem, not 0', () => {
    const recipe = new Recipe();
    recipe.set('seed', ' ');
    expect(recipe.problem('seed')).toBeDefined();
  });

  it('does not count another spelling of the default as a change', () => {
    const recipe = new Recipe();
    recipe.set('learningRate', '0.0003');
    expect(recipe.changedCount).toBe(0);
  });

  it('fills in the task’s other weights when one is edited, and forgets them when put back', () => {
    const recipe = new Recipe();
    recipe.setWeight(1, '0.5');
    expect(recipe.config?.rewardWeights).toEqual([0.9, 0.5]);
    recipe.setWeight(1, '0.1');
    expect(recipe.config?.rewardWeights).toEqual([]);
  });

  it('refuses weights for another number of reward functions', () => {
    const recipe = new Recipe();
    const { config } = parseConfig({ rewardWeights: [1, 2, 3] });
    recipe.load(config ?? defaultConfig);
    expect(recipe.config).toBeNull();
    expect(recipe.problem('rewardWeights')).toContain('2 reward functions');
  });

  it('puts a removed reward back in its place, with its weight, beside what came in between', () => {
    const recipe = new Recipe();
    recipe.setWeight(0, '0.4');
    const [first, second] = recipe.rewards;
    const putBack = recipe.removeReward(0);
    expect(recipe.rewards).toEqual([second]);
    recipe.addReward({ kind: 'code', name: 'mine', source: '() => 1', range: [0, 1] });
    putBack();
    expect(recipe.rewards.map(({ name }) => name)).toEqual([first!.name, second!.name, 'mine']);
    expect([0, 1, 2].map((i) => recipe.weightText(i))).toEqual(['0.4', '0.1', '1']);
  });
});
