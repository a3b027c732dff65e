/** What holds for any table of the user's own: the split by seed, gold in full, what is refused. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ownDataProblem, ownTask } from '../../src/tasks/ownData.ts';
import type { Scored, Task } from '../../src/tasks/task.ts';
import { vocabulary } from '../../src/tasks/vocabulary.ts';

const characters = vocabulary.slice(3).filter((token) => token !== '<' && token !== '>');

const total = (task: Task, scored: Scored): number =>
  task.rewards.reduce((sum, one) => sum + one.weight * (one.score(scored) ?? 0), 0);

const cell = fc.string({
  unit: fc.constantFrom(...characters),
  minLength: 1,
  maxLength: 12,
});

/** Rows with prompts that differ; at least two, so that either side of the split has one. */
const ownRows = fc.uniqueArray(fc.tuple(cell, cell, cell), {
  selector: ([prompt]) => prompt,
  minLength: 2,
});

test('own rows: either side of the split has its own prompts, gold scores in full', () => {
  fc.assert(
    fc.property(ownRows, fc.nat(), (given, seed) => {
      const task = ownTask(given, seed);
      const [train, heldOut] = [task.pool!(false), task.pool!(true)];
      expect(train.length + heldOut.length).toBe(given.length);
      expect(heldOut).toHaveLength(Math.max(1, Math.round(given.length / 4)));
      const prompts = new Set(train.map(({ prompt }) => prompt));
      expect(heldOut.some(({ prompt }) => prompts.has(prompt))).toBe(false);
      for (const example of [...train, ...heldOut]) {
        expect(total(task, { example, completion: example.gold, ended: true })).toBeCloseTo(1, 12);
        expect(total(task, { example, completion: `${example.gold}x`, ended: true })).toBeLessThan(
          0.11,
        );
      }
    }),
  );
});

test('own rows: a prompt that comes twice stays on one side', () => {
  fc.assert(
    fc.property(ownRows, fc.nat(), (given, seed) => {
      const again = given.map(([prompt]) => [prompt, 'other'] as const);
      const task = ownTask([...given, ...again], seed);
      const train = new Set(task.pool!(false).map(({ prompt }) => prompt));
      const heldOut = task.pool!(true).map(({ prompt }) => prompt);
      expect(heldOut.filter((prompt) => train.has(prompt))).toEqual([]);
      const once = ownTask(given, seed).pool!(true);
      expect(new Set(heldOut)).toEqual(new Set(once.map(({ prompt }) => prompt)));
    }),
  );
});

test('own rows: two that differ are enough under any seed, one is not', () => {
  fc.assert(
    fc.property(ownRows, fc.nat(), (given, seed) => {
      expect(ownDataProblem(given)).toBeNull();
      const task = ownTask(given, seed);
      for (const heldOut of [false, true]) expect(task.pool!(heldOut).length).toBeGreaterThan(0);
    }),
  );
  expect(ownDataProblem([['A1+1|', '2']])).toMatch(/^Add rows: both/);
  expect(ownDataProblem([])).toMatch(/^Add rows: paste/);
});
