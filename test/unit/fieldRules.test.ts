/** What the form shows by task, method and device, and what a run is called. */
import { expect, test } from 'vitest';
import { defaultConfig } from '../../src/rft/config.ts';
import { deviceClassOf } from '../../src/session/deviceClass.ts';
import { Recipe } from '../../src/session/recipe.svelte.ts';
import { imitatedTexts, promptCounts } from '../../src/session/runData.ts';
import { taskOf } from '../../src/tasks/index.ts';
import { runName } from '../../workers/runName.ts';

test('fields that have no say are not there', () => {
  const recipe = new Recipe();
  expect(recipe.applies('rewardWeights')).toBe(true);
  expect([recipe.applies('rows'), recipe.applies('sftTarget')]).toEqual([false, false]);
  recipe.set('method', 'sft');
  expect([recipe.applies('rewardWeights'), recipe.applies('beta')]).toEqual([false, false]);
  expect(recipe.applies('sftTarget')).toBe(true);
  recipe.chooseTask('own');
  expect([recipe.applies('rows'), recipe.applies('level')]).toEqual([true, false]);
});

test('a policy that was not pretrained for the task is remarked on', () => {
  const recipe = new Recipe();
  expect(recipe.note('policy')).toBeUndefined();
  recipe.chooseTask('reversal');
  expect(recipe.note('policy')).toContain('random weights');
  recipe.set('policy', 'base-0.4M');
  expect(recipe.note('policy')).toContain('not pretrained for Reversal');
});

test('chains can be imitated only where there are some', () => {
  const recipe = new Recipe();
  expect(recipe.unavailable('sftTarget', 'chain')).toBeUndefined();
  recipe.chooseTask('reversal');
  expect(recipe.unavailable('sftTarget', 'chain')).toContain('no worked chains');
  expect(recipe.unavailable('sftTarget', 'answer')).toBeUndefined();
});

test('another task brings its own defaults; what "default" means follows it', () => {
  const recipe = new Recipe({ handheld: true, webgpu: true });
  expect(recipe.config?.policy).toBe('base-0.2M');
  recipe.set('seed', '7');
  recipe.chooseTask('countdown');
  expect([recipe.config?.maxSteps, recipe.config?.seed]).toEqual([100, 7]);
  expect(recipe.defaultValue('maxSteps')).toBe('100');
  expect(recipe.isChanged('maxSteps')).toBe(false);
});

test.each([
  [{ coarse: true, narrow: true, mobile: undefined, gpu: true }, true],
  [{ coarse: true, narrow: false, mobile: undefined, gpu: true }, false],
  [{ coarse: false, narrow: true, mobile: undefined, gpu: true }, false],
  [{ coarse: false, narrow: false, mobile: true, gpu: true }, true],
])('%j: handheld %s', (signs, handheld) => {
  expect(deviceClassOf(signs)).toEqual({ handheld, webgpu: true });
});

test('a run is named by task, level, method and seed', () => {
  const name = (changes: Partial<typeof defaultConfig>) => {
    const config = { ...defaultConfig, ...changes };
    return runName(taskOf(config), config);
  };
  expect(name({})).toBe('Calculator chain, RFT, seed 1');
  expect(name({ task: 'countdown', level: 3, method: 'sft', seed: 4 })).toBe(
    'Countdown, hard, SFT on answers, seed 4',
  );
  expect(name({ method: 'rejection' })).toBe('Calculator chain, rejection sampling, seed 1');
});

test('the texts that SFT imitates are those of the step', () => {
  const config = { ...defaultConfig, numPrompts: 6, generationBatchSize: 4 } as const;
  const [first, second] = [1, 2].map((step) => imitatedTexts(config, step, 8));
  expect(first).toHaveLength(4);
  expect(second?.slice(2)).toEqual(first?.slice(0, 2));
  expect(first?.every(({ thinking, answer }) => thinking === '' && /^\d+$/.test(answer))).toBe(
    true,
  );
  const [worked] = imitatedTexts({ ...config, sftTarget: 'chain' }, 1, 1);
  expect(worked?.thinking).toContain('=');
});

test('a small table has fewer prompts than were asked for', () => {
  const rows = Array.from({ length: 20 }, (_, i) => [`A${i}|`, '1'] as const);
  const { train, heldOut } = promptCounts({ ...defaultConfig, task: 'own', rows });
  expect(train + heldOut).toBe(20);
  expect(promptCounts(defaultConfig)).toEqual({ train: 64, heldOut: 150 });
});
