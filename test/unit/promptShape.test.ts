/** Which typed prompts look like a task's own. */
import { expect, test } from 'vitest';
import { heldOutSet } from '../../src/rft/dataset.ts';
import { hasShape, promptShape } from '../../src/session/promptShape.ts';
import { taskOf } from '../../src/tasks/index.ts';
import { recipe } from './dryRunCases.ts';

test('the task’s own prompts have its shape; a bare sum and a lone frame have not', () => {
  const config = recipe({ task: 'calculatorChain', numEvalPrompts: 16 });
  const prompts = heldOutSet(taskOf(config), config).map(({ prompt }) => prompt);
  const shape = promptShape(prompts);
  expect(shape).toEqual({ start: 'A', end: '|' });
  expect(prompts.every((prompt) => hasShape(shape, prompt))).toBe(true);
  expect(['3+4*2', 'A3+4', '3+4|', 'A|', ''].filter((text) => hasShape(shape, text))).toEqual([]);
});

test('prompts without a sign in common ask for none, and one prompt is no rule', () => {
  expect(promptShape(['how many?', 'why'])).toEqual({ start: '', end: '' });
  expect(promptShape(['A1+2|'])).toEqual({ start: '', end: '' });
  expect(hasShape({ start: '', end: '' }, 'anything')).toBe(true);
});
