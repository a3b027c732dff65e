/**
 * Recorded runs: what is written can be read, and nothing else can. The fixture is a real run of
 * six steps of the calculator chain on the shipped policy (WASM in Node, 2026-11-24).
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { taskRecipe, type TaskId } from '../../src/rft/taskRecipes.ts';
import { tasks } from '../../src/tasks/index.ts';
import { packRecording, readRecording, type Recording } from '../../src/session/recording.ts';

const SHIPPED = 'public/recordings';
const bytesOf = (path: string) => new Uint8Array(readFileSync(path));
const fixture = bytesOf(join(import.meta.dirname, 'fixtures/recording.run'));

async function read(bytes: Uint8Array<ArrayBuffer>): Promise<Recording> {
  const { recording, problem } = await readRecording(bytes);
  if (!recording) throw new Error(problem);
  return recording;
}

/** The fixture with something changed, packed again without any check. */
function forge(change: (json: Record<string, unknown>) => unknown): Uint8Array<ArrayBuffer> {
  const json = JSON.parse(new TextDecoder().decode(gunzipSync(fixture))) as Record<string, unknown>;
  return new Uint8Array(gzipSync(new TextEncoder().encode(JSON.stringify(change(json)))));
}

test('a recording is read as it was written, rollouts cut down', async () => {
  const recording = await read(fixture);
  expect(recording.rows.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect(recording.config.maxSteps).toBe(6);
  expect(Object.isFrozen(recording.config)).toBe(true);
  expect(recording.rollouts).toHaveLength(6);
  expect(await read(packRecording(recording))).toEqual(recording);

  const [first] = recording.rollouts;
  const fresh = structuredClone(first!);
  fresh.groups[0]!.completions[0]!.entropies = [0.12345, 2];
  const kept = await read(packRecording({ ...recording, rollouts: [fresh] }));
  expect(kept.rollouts[0]?.groups[0]?.completions[0]?.entropies).toEqual([0.123, 2]);

  const many = Array.from({ length: 9 }, () => first!.groups[0]!);
  const wide = { ...recording, rollouts: [{ ...first!, groups: many }] };
  expect((await read(packRecording(wide))).rollouts[0]?.groups).toHaveLength(4);
});

test.each([
  ['cut short', fixture.slice(0, -200)],
  ['no gzip', new TextEncoder().encode('<!doctype html>')],
  ['no JSON', new Uint8Array(gzipSync(new TextEncoder().encode('run')))],
  ['no object', forge(() => [])],
  ['another version', forge((json) => ({ ...json, version: 2 }))],
  ['a row without a step', forge((json) => ({ ...json, rows: [{ values: {} }] }))],
  ['a single row', forge((json) => ({ ...json, rows: (json['rows'] as []).slice(0, 1) }))],
  ['no rows', forge((json) => ({ ...json, rows: [] }))],
  ['a text for a number', forge((json) => ({ ...json, rows: [{ step: 0, values: { kl: 'x' } }] }))],
  ['rows out of order', forge((json) => ({ ...json, rows: (json['rows'] as []).toReversed() }))],
  ['no date', forge((json) => ({ ...json, recordedAt: 'yesterday' }))],
  ['rollouts that are none', forge((json) => ({ ...json, rollouts: [{ step: 1 }] }))],
] as const)('%s: a sentence, no recording', async (_, bytes) => {
  const { recording, problem } = await readRecording(new Uint8Array(bytes));
  expect(recording).toBeNull();
  expect(problem).toMatch(/damaged/);
});

test('a recipe that this version does not know, and files that are too large', async () => {
  const odd = await readRecording(forge((json) => ({ ...json, config: { speed: 1 } })));
  expect(odd.problem).toContain('settings');
  const large = await readRecording(new Uint8Array(5 * 1024 * 1024));
  expect(large.problem).toContain('too large');
  const bomb = new Uint8Array(gzipSync(new Uint8Array(40 * 1024 * 1024)));
  expect((await readRecording(bomb)).problem).toContain('damaged');
});

const ids = tasks.map(({ id }) => id as TaskId);

test.each(ids)('the recording of %s is its default recipe, whole, and small', async (id) => {
  const bytes = bytesOf(join(SHIPPED, `${id}.run`));
  expect(bytes.length).toBeLessThanOrEqual(300_000);
  const { config, rows, rollouts } = await read(bytes);
  expect(config).toEqual(taskRecipe(id));
  expect(rows.at(-1)?.step).toBe(config.maxSteps);
  expect(rollouts).toHaveLength(config.maxSteps);
});
