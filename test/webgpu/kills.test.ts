/**
 * A worker killed while it writes a checkpoint leaves the last good state: nothing corrupt, nothing
 * further back than one interval, and in the end the bits of the run that was left in peace. A few
 * kills here; `KILLS=200` makes as many as one wants.
 */
import { deleteDB } from 'idb';
import { expect, inject, test } from 'vitest';
import { openStore } from '../../src/storage/runStore.ts';
import { config, INTERVAL, killedRun, reference, seededMoments, type Kill } from './killedRuns.ts';

/** Kills of one run before it is left to end. */
const KILLS_A_RUN = 5;

test('killed at any moment of a checkpoint, a run ends in the same bits', async ({ annotate }) => {
  const wanted = inject('kills');
  await deleteDB('rft-playground');
  const store = await openStore();
  const whole = await reference(store);
  expect(whole.digests.size).toBe(config.maxSteps / INTERVAL);
  expect(new Set(whole.digests.values()).size).toBe(whole.digests.size); // it learns
  expect(whole.gradNorms.filter((norm) => norm > 0).length).toBeGreaterThan(config.maxSteps / 2);

  const momentOf = seededMoments(whole.saving);
  const kills: Kill[] = [];
  const begun = performance.now();
  let moments = 0;
  while (kills.length < wanted) {
    let left = Math.min(KILLS_A_RUN, wanted - kills.length);
    const run = await killedRun(store, () => (left-- > 0 ? momentOf(moments++) : null));
    expect(run.digest).toBe(whole.digests.get(config.maxSteps));
    expect(run.rows).toEqual(whole.rows);
    kills.push(...run.kills);
  }
  for (const { writing, from, digest, damaged, rows } of kills) {
    expect(damaged).toEqual([]);
    expect(writing - from).toBeLessThanOrEqual(INTERVAL);
    expect(digest ?? undefined).toBe(whole.digests.get(from));
    expect(rows).toEqual(digest === null ? [] : whole.rows.slice(0, from + 1));
  }
  const made = kills.filter(({ writing, from }) => writing === from).length;
  const seconds = (performance.now() - begun) / 1000;
  await annotate(`${kills.length} kills, ${made} after the commit, ${seconds.toFixed(0)} s`);
  // Both sides of the commit were hit, or nothing was tried.
  expect(made).toBeGreaterThan(0);
  expect(made).toBeLessThan(kills.length);
  store.close();
}, 1_800_000);
