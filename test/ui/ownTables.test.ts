/**
 * Which of the user's own tables stay in the browser's real storage: an edit takes the place of
 * what it was made from, unless a link names that or it came from elsewhere.
 */
import { deleteDB } from 'idb';
import { beforeEach, expect, test } from 'vitest';
import { rowsHash } from '../../src/rft/rowsHash.ts';
import { OwnData } from '../../src/session/ownData.svelte.ts';
import { Recipe } from '../../src/session/recipe.svelte.ts';
import { openStore, type RunStore } from '../../src/storage/runStore.ts';

const NAME = 'own-tables';
let store: RunStore;

beforeEach(async () => {
  await deleteDB(NAME);
  store = await openStore(NAME);
  return () => {
    store.close();
  };
});

function panel(): OwnData {
  const recipe = new Recipe();
  recipe.chooseTask('own');
  return new OwnData(recipe, () => Promise.resolve(store));
}

const table = (answer: string): string => `A1+2|,${answer}\nA3+4|,7`;

/** Types a table, and waits until it is kept; its hash. */
async function keep(ownData: OwnData, answer: string): Promise<string> {
  await ownData.take(table(answer));
  const hash = rowsHash(ownData.rows);
  await expect.poll(() => store.table(hash)).not.toBeNull();
  return hash;
}

/** Waits until a table that was there before has been kept by a panel that shows it. */
async function keptAgain(hash: string, show: () => Promise<void>): Promise<void> {
  const usedAt = async () => (await store.table(hash))?.usedAt ?? 0;
  const before = await usedAt();
  await show();
  await expect.poll(usedAt).toBeGreaterThan(before);
}

const isKept = async (hash: string): Promise<boolean> => (await store.table(hash)) !== null;

test('an edit takes the place of what it was made from, and no other table’s', async () => {
  const ownData = panel();
  const first = await keep(ownData, '1');
  const second = await keep(ownData, '2');
  expect(await Promise.all([first, second].map(isKept))).toEqual([false, true]);
  await ownData.replace(table('3'));
  const third = await keep(ownData, '3');
  expect(await Promise.all([second, third].map(isKept))).toEqual([true, true]);
});

test('what a link names stays, however much is edited after it, and is found by its hash', async () => {
  const ownData = panel();
  const shared = await keep(ownData, '1');
  ownData.name(ownData.rows);
  for (let answer = 2; answer < 5; answer++) await keep(ownData, String(answer));
  expect(await isKept(shared)).toBe(true);
  const opened = panel();
  await keptAgain(shared, () => opened.adopt([], shared));
  expect(rowsHash(opened.rows)).toBe(shared);
  await keep(opened, '9');
  expect(await isKept(shared)).toBe(true);
});

test('the table of an earlier visit stays beside what is made of it', async () => {
  const earlier = await keep(panel(), '1');
  const ownData = panel();
  await keptAgain(earlier, () => ownData.recall());
  expect(rowsHash(ownData.rows)).toBe(earlier);
  await keep(ownData, '2');
  expect(await isKept(earlier)).toBe(true);
});
