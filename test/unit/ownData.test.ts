/** The own-data panel's state: nothing typed is lost, and every row's fault is said at its row. */
import { expect, test } from 'vitest';
import { OwnData } from '../../src/session/ownData.svelte.ts';
import { Recipe } from '../../src/session/recipe.svelte.ts';
import { promptCounts } from '../../src/session/runData.ts';

function setUp() {
  const recipe = new Recipe();
  recipe.chooseTask('own');
  return { recipe, ownData: new OwnData(recipe) };
}

test('the example can be trained on, chains included', async () => {
  const { recipe, ownData } = setUp();
  await ownData.useExample();
  expect(ownData.remarks).toEqual([]);
  expect(ownData.rows).toHaveLength(24);
  expect(recipe.config?.rows).toEqual(ownData.rows);
  const { train, heldOut } = promptCounts(recipe.config!);
  expect(train + heldOut).toBe(24);
  expect(Math.min(train, heldOut)).toBeGreaterThan(3);
  expect(recipe.unavailable('sftTarget', 'chain')).toBeUndefined();
});

test('a faulty row is said with row and line, its text kept, and mended by mending the text', async () => {
  const { recipe, ownData } = setUp();
  await ownData.useExample();
  const good = ownData.text;
  const bad = good.replace('A3+1|', 'A3§1|');
  await ownData.take(bad);
  expect(ownData.text).toBe(bad);
  expect(ownData.remarks).toEqual([
    { row: 1, line: 2, message: expect.stringContaining('“§” in the prompt') as string },
  ]);
  expect(recipe.config).toBeNull();
  await ownData.take(good);
  expect(recipe.config).not.toBeNull();
});

test('lines that cannot be read, cells that are too long and too many rows are told', async () => {
  const { recipe, ownData } = setUp();
  await ownData.take(
    `{"prompt":"A1+2|","answer":3}\n{"prom\n{"prompt":"${'a'.repeat(81)}","answer":1}`,
  );
  expect(ownData.remarks.map(({ row, line }) => [row, line])).toEqual([
    [2, 2],
    [3, 3],
  ]);
  expect(ownData.remarks[1]?.message).toContain('81 characters');
  const lines = Array.from({ length: 1003 }, (_, i) => `A${i}|,${i}`);
  await ownData.take(lines.join('\n'));
  expect(ownData.tooMany).toBe(3);
  expect(recipe.problem('rows')).toContain('1000 rows');
});

test('columns chosen by hand stay while the text is edited', async () => {
  const { ownData } = setUp();
  await ownData.take('a,b,c\nA1+2|,x,3');
  await ownData.chooseHeader(true);
  ownData.chooseColumn('answer', 2);
  await ownData.take('a,b,c\nA1+2|,x,3\nA2+2|,x,4');
  expect(ownData.rows).toEqual([
    ['A1+2|', '3'],
    ['A2+2|', '4'],
  ]);
});

test('whether the first row holds names stays as chosen while the text is edited', async () => {
  const { ownData } = setUp();
  await ownData.take('prompt,answer\nA1+2|,3');
  expect(ownData.rows).toHaveLength(1);
  await ownData.chooseHeader(false);
  await ownData.take('prompt,answer\nA1+2|,3\nA2+2|,4');
  expect(ownData.rows).toHaveLength(3);
  await ownData.replace('prompt,answer\nA1+2|,3\nA2+2|,4');
  expect(ownData.rows).toHaveLength(2);
});

test('rows of a link are read with their own columns, whatever was chosen before', async () => {
  const { recipe, ownData } = setUp();
  await ownData.useExample();
  ownData.chooseColumn('chain', null);
  const rows = [
    ['A1+2|', '3', '1+2=3'],
    ['A2+2|', '4', '2+2=4'],
  ] as const;
  await ownData.adopt(rows);
  expect(recipe.rows).toEqual(rows);
});

test('a text that is no table leaves no rows behind, and a fault of a file is a sentence', async () => {
  const { recipe, ownData } = setUp();
  await ownData.useExample();
  await ownData.take('hello');
  expect([ownData.text, ownData.rows.length, recipe.rows.length]).toEqual(['hello', 0, 0]);
  expect(ownData.problem).toContain('only one column');
  await ownData.takeFile({
    size: 10,
    name: 'a.csv',
    text: () => Promise.reject(new Error('gone')),
  } as unknown as Blob & { name: string });
  expect(ownData.problem).toBe('a.csv could not be read: gone.');
  expect(ownData.text).toBe('hello');
});

test('own rows stay with the page, and go into no recipe of another task', async () => {
  const { recipe, ownData } = setUp();
  await ownData.useExample();
  recipe.chooseTask('countdown');
  expect(recipe.config?.rows).toEqual([]);
  expect(recipe.changedCount).toBe(0);
  recipe.load(recipe.config!);
  recipe.chooseTask('own');
  expect(recipe.config?.rows).toEqual(ownData.rows);
});

test('rows that a link brings are shown as text', async () => {
  const { recipe, ownData } = setUp();
  recipe.set('rows', [['A1+2|', '3']]);
  await ownData.adopt(recipe.rows);
  expect(ownData.text).toBe('prompt\tanswer\nA1+2|\t3\n');
  expect(ownData.remarks).toEqual([]);
});
